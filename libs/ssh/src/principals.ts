import { EMERGENCY_PRINCIPAL } from './emergency.ts';
import { SshError } from './errors.ts';

/** An account, or an account with the place that a grant names (docs/decisions/008). */
const USER = /^[a-z][a-z0-9_-]{0,31}(?:@(?:pool|node)\.[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/;
/** DNS labels with dots between. */
const HOST = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const MOST = 256;

/**
 * S31: what a principal may be made of. No comma (CVE-2026-35414), no wildcard, no blank, no empty list, which some
 * versions of sshd took for "anybody".
 * @throws SshError `ssh-certificate-invalid`
 */
export function requirePrincipals(kind: 'user' | 'host', principals: readonly string[]): void {
  if (principals.length === 0) throw invalid('names no principal');
  if (principals.length > MOST) throw invalid('names too many principals');
  if (new Set(principals).size !== principals.length) throw invalid('names a principal twice');
  for (const name of principals) {
    const good =
      kind === 'host'
        ? name.length <= 253 && HOST.test(name)
        : USER.test(name) || name === EMERGENCY_PRINCIPAL;
    if (!good) throw invalid(`principal is not one of ours: ${JSON.stringify(name.slice(0, 100))}`);
  }
  if (principals.includes(EMERGENCY_PRINCIPAL) && principals.length > 1) {
    throw invalid('an emergency certificate has no other principal');
  }
}

function invalid(message: string): SshError {
  return new SshError('ssh-certificate-invalid', `certificate ${message}`);
}
