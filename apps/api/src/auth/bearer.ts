import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem-error.ts';

const BEARER = /^Bearer ([\x21-\x7e]{8,512})$/i;

/** The credential of `Authorization: Bearer …`. @throws ProblemError `credentials-missing`, `credentials-invalid` */
export function readBearer(request: FastifyRequest): string {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    throw new ProblemError('credentials-missing', 'send a token: Authorization: Bearer …');
  }
  const secret = BEARER.exec(authorization)?.[1];
  if (secret === undefined) {
    throw new ProblemError('credentials-invalid', 'Authorization is not a bearer credential');
  }
  return secret;
}
