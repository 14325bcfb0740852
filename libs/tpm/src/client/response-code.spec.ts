import { describe, expect, it } from 'vitest';
import { commandFailed, type TpmCommandErrorCode } from './command-error.ts';
import { responseCodeName } from './response-code.ts';

/** Values as Part 2 §6.6.3 Table 16 has them, written out. */
const NAMES: readonly [code: number, name: string][] = [
  [0x100, 'TPM_RC_INITIALIZE'],
  [0x101, 'TPM_RC_FAILURE'],
  [0x10b, 'TPM_RC_PRIVATE'],
  [0x119, 'TPM_RC_HMAC'],
  [0x120, 'TPM_RC_DISABLED'],
  [0x121, 'TPM_RC_EXCLUSIVE'],
  [0x124, 'TPM_RC_AUTH_TYPE'],
  [0x125, 'TPM_RC_AUTH_MISSING'],
  [0x126, 'TPM_RC_POLICY'],
  [0x127, 'TPM_RC_PCR'],
  [0x128, 'TPM_RC_PCR_CHANGED'],
  [0x12f, 'TPM_RC_AUTH_UNAVAILABLE'],
  [0x142, 'TPM_RC_COMMAND_SIZE'],
  [0x143, 'TPM_RC_COMMAND_CODE'],
  [0x14a, 'TPM_RC_NV_UNINITIALIZED'],
  [0x155, 'TPM_RC_SENSITIVE'],
  [0x084, 'TPM_RC_VALUE (handle 0)'],
  [0x184, 'TPM_RC_VALUE (handle 1)'],
  [0x1c4, 'TPM_RC_VALUE (parameter 1)'],
  [0xfd5, 'TPM_RC_SIZE (parameter 15)'],
  [0x98e, 'TPM_RC_AUTH_FAIL (session 1)'],
  [0xa9d, 'TPM_RC_POLICY_FAIL (session 2)'],
  [0x1df, 'TPM_RC_INTEGRITY (parameter 1)'],
  [0x902, 'TPM_RC_OBJECT_MEMORY'],
  [0x908, 'TPM_RC_YIELDED'],
  [0x90a, 'TPM_RC_TESTING'],
  [0x921, 'TPM_RC_LOCKOUT'],
  [0x922, 'TPM_RC_RETRY'],
  [0x923, 'TPM_RC_NV_UNAVAILABLE'],
  [0x0bf, '0x0bf'],
  [0x17f, '0x17f'],
  [0x001, '0x001'],
  [0x1_0922, '0x10922'],
  [0xffff_ffff, '0xffffffff'],
];

describe('response codes', () => {
  it.each(NAMES)('0x%x is %s', (code, name) => {
    expect(responseCodeName(code)).toBe(name);
  });

  it.each<[number, TpmCommandErrorCode]>([
    [0x99d, 'policy-failed'],
    [0x128, 'pcrs-moving'],
    [0x100, 'not-started'],
    [0x922, 'busy'],
    [0x1df, 'command-failed'],
    [0xffff_ffff, 'command-failed'],
  ])('0x%x is the error %s, with code and name of the TPM', (responseCode, code) => {
    const responseName = responseCodeName(responseCode);
    expect(commandFailed('Unseal', responseCode)).toMatchObject({
      code,
      responseCode,
      responseName,
      outcome: 'fault',
      message: `TPM2_Unseal failed with ${responseName}`,
    });
  });
});
