/** TPM_RC, Part 2 §6.6.3. Format-one codes carry the number of the handle, session or parameter at fault. */
const RC_FMT1 = 0x080;
const RC_VER1 = 0x100;
const RC_WARN = 0x900;

export const TPM_RC = {
  success: 0,
  initialize: RC_VER1 + 0x00,
  pcrChanged: RC_VER1 + 0x28,
  policyFail: RC_FMT1 + 0x1d,
  yielded: RC_WARN + 0x08,
  testing: RC_WARN + 0x0a,
  retry: RC_WARN + 0x22,
} as const;

const FORMAT_ONE: Readonly<Record<number, string>> = {
  0x01: 'TPM_RC_ASYMMETRIC',
  0x02: 'TPM_RC_ATTRIBUTES',
  0x03: 'TPM_RC_HASH',
  0x04: 'TPM_RC_VALUE',
  0x05: 'TPM_RC_HIERARCHY',
  0x07: 'TPM_RC_KEY_SIZE',
  0x08: 'TPM_RC_MGF',
  0x09: 'TPM_RC_MODE',
  0x0a: 'TPM_RC_TYPE',
  0x0b: 'TPM_RC_HANDLE',
  0x0c: 'TPM_RC_KDF',
  0x0d: 'TPM_RC_RANGE',
  0x0e: 'TPM_RC_AUTH_FAIL',
  0x0f: 'TPM_RC_NONCE',
  0x10: 'TPM_RC_PP',
  0x12: 'TPM_RC_SCHEME',
  0x15: 'TPM_RC_SIZE',
  0x16: 'TPM_RC_SYMMETRIC',
  0x17: 'TPM_RC_TAG',
  0x18: 'TPM_RC_SELECTOR',
  0x1a: 'TPM_RC_INSUFFICIENT',
  0x1b: 'TPM_RC_SIGNATURE',
  0x1c: 'TPM_RC_KEY',
  0x1d: 'TPM_RC_POLICY_FAIL',
  0x1f: 'TPM_RC_INTEGRITY',
  0x20: 'TPM_RC_TICKET',
  0x21: 'TPM_RC_RESERVED_BITS',
  0x22: 'TPM_RC_BAD_AUTH',
  0x23: 'TPM_RC_EXPIRED',
  0x24: 'TPM_RC_POLICY_CC',
  0x25: 'TPM_RC_BINDING',
  0x26: 'TPM_RC_CURVE',
  0x27: 'TPM_RC_ECC_POINT',
};

const VERSION_ONE: Readonly<Record<number, string>> = {
  0x00: 'TPM_RC_INITIALIZE',
  0x01: 'TPM_RC_FAILURE',
  0x03: 'TPM_RC_SEQUENCE',
  0x0b: 'TPM_RC_PRIVATE',
  0x19: 'TPM_RC_HMAC',
  0x20: 'TPM_RC_DISABLED',
  0x21: 'TPM_RC_EXCLUSIVE',
  0x24: 'TPM_RC_AUTH_TYPE',
  0x25: 'TPM_RC_AUTH_MISSING',
  0x26: 'TPM_RC_POLICY',
  0x27: 'TPM_RC_PCR',
  0x28: 'TPM_RC_PCR_CHANGED',
  0x2d: 'TPM_RC_UPGRADE',
  0x2e: 'TPM_RC_TOO_MANY_CONTEXTS',
  0x2f: 'TPM_RC_AUTH_UNAVAILABLE',
  0x30: 'TPM_RC_REBOOT',
  0x31: 'TPM_RC_UNBALANCED',
  0x42: 'TPM_RC_COMMAND_SIZE',
  0x43: 'TPM_RC_COMMAND_CODE',
  0x44: 'TPM_RC_AUTHSIZE',
  0x45: 'TPM_RC_AUTH_CONTEXT',
  0x46: 'TPM_RC_NV_RANGE',
  0x47: 'TPM_RC_NV_SIZE',
  0x48: 'TPM_RC_NV_LOCKED',
  0x49: 'TPM_RC_NV_AUTHORIZATION',
  0x4a: 'TPM_RC_NV_UNINITIALIZED',
  0x4b: 'TPM_RC_NV_SPACE',
  0x4c: 'TPM_RC_NV_DEFINED',
  0x50: 'TPM_RC_BAD_CONTEXT',
  0x51: 'TPM_RC_CPHASH',
  0x52: 'TPM_RC_PARENT',
  0x53: 'TPM_RC_NEEDS_TEST',
  0x54: 'TPM_RC_NO_RESULT',
  0x55: 'TPM_RC_SENSITIVE',
};

const WARNING: Readonly<Record<number, string>> = {
  0x01: 'TPM_RC_CONTEXT_GAP',
  0x02: 'TPM_RC_OBJECT_MEMORY',
  0x03: 'TPM_RC_SESSION_MEMORY',
  0x04: 'TPM_RC_MEMORY',
  0x05: 'TPM_RC_SESSION_HANDLES',
  0x06: 'TPM_RC_OBJECT_HANDLES',
  0x07: 'TPM_RC_LOCALITY',
  0x08: 'TPM_RC_YIELDED',
  0x09: 'TPM_RC_CANCELED',
  0x0a: 'TPM_RC_TESTING',
  0x20: 'TPM_RC_NV_RATE',
  0x21: 'TPM_RC_LOCKOUT',
  0x22: 'TPM_RC_RETRY',
  0x23: 'TPM_RC_NV_UNAVAILABLE',
};

function isFormatOne(code: number): boolean {
  return (code & RC_FMT1) !== 0;
}

/** Without the number of the handle, session or parameter: what kind of refusal it is. */
export function responseKind(code: number): number {
  return isFormatOne(code) ? RC_FMT1 + (code & 0x3f) : code;
}

function subject(code: number): string {
  const number = (code >> 8) & 0xf;
  if ((code & 0x40) !== 0) return `parameter ${number}`;
  return number < 8 ? `handle ${number}` : `session ${number - 8}`;
}

/** Such as `TPM_RC_POLICY_FAIL (session 1)`; hexadecimal where the library has no name. */
export function responseCodeName(code: number): string {
  const unknown = `0x${code.toString(16).padStart(3, '0')}`;
  if (code >= 0x1000) return unknown;
  if (isFormatOne(code)) {
    const name = FORMAT_ONE[code & 0x3f];
    return name === undefined ? unknown : `${name} (${subject(code)})`;
  }
  const table = (code & RC_WARN) === RC_WARN ? WARNING : VERSION_ONE;
  return (code & RC_VER1) === 0 ? unknown : (table[code & 0x7f] ?? unknown);
}
