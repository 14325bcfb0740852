import { z } from 'zod';

/** Name of a provider or mirror: a DNS label, as all names of the platform are. */
export const nameField = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'is no DNS label (a-z, 0-9 and -, 63 at most)');

/** Path of a file on the API's machine. Secrets are files: none is written into the configuration. */
export const fileField = z.string().regex(/^\/[^\0]*$/, 'is no absolute path');

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Origin of a service; plain HTTP only on the loopback interface, because answers carry keys in the clear. */
export const originField = z.string().refine(isOrigin, 'is no https origin (http only on loopback)');

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, origin } = new URL(text);
  if (text.replace(/\/$/, '') !== origin) return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/** Certificates (PEM) that are trusted besides the system's, for an endpoint behind a private authority. */
export const caFileField = fileField.optional();
