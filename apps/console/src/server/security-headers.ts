/** Headers that are the same for every answer. */
export const CONSTANT_HEADERS = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'no-referrer' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=(), payment=(), usb=()' },
] as const;

/**
 * Scripts and style sheets run only with this answer's nonce or from our own origin; nothing comes from, is sent to or is
 * framed by anybody else (S32).
 * @param nonce base64, fresh for every answer
 */
export function contentSecurityPolicy(nonce: string, options: { readonly development: boolean }): string {
  const directives: Readonly<Record<string, string>> = {
    'default-src': "'none'",
    // Without `strict-dynamic`: it would let a script that runs add inline ones. What Next loads later is our own.
    // React's development build evaluates code to rebuild stack traces.
    'script-src': `'self' 'nonce-${nonce}'${options.development ? " 'unsafe-eval'" : ''}`,
    'style-src': `'self' 'nonce-${nonce}'`,
    'img-src': "'self'",
    'font-src': "'self'",
    'connect-src': "'self'",
    'manifest-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'object-src': "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
