import { z } from 'zod';

export const absolutePathSchema = z.string().regex(/^\//, 'not an absolute path');

export const logLevelSchema = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
