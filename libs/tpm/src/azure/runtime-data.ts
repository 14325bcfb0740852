import { BytesError, fromBase64url, fromHex, fromUtf8, type Bytes } from '@asterism/bytes';
import { TpmFormatError } from '../errors.ts';

/** An RSA key as a JWK (RFC 7518 §6.3.1). */
export interface HclKey {
  /** Big-endian, 256 bytes. */
  readonly modulus: Bytes;
  readonly exponent: number;
}

/** What the paravisor says of the VM; the host wrote some of it, and the report only proves that it is what is measured. */
export interface HclVmConfiguration {
  /** Serial console of the host. */
  readonly consoleEnabled: boolean;
  readonly secureBoot: boolean;
  readonly tpmEnabled: boolean;
  readonly vmUniqueId: string;
  /** Every field under its name in the runtime data, those above included. */
  readonly stated: Readonly<Record<string, unknown>>;
}

/** Runtime claims of an AK certificate request (microsoft/openvmm, igvm_attest::get::runtime_claims). */
export interface HclRuntimeData {
  /** HCLAkPub: the vTPM's attestation key. */
  readonly akPublic: HclKey;
  /** HCLEkPub: its endorsement key, null where it is left out. */
  readonly ekPublic: HclKey | null;
  readonly vmConfiguration: HclVmConfiguration;
  /** What the guest wrote to NV index 0x01400002 before, 64 bytes; empty where it wrote nothing. */
  readonly userData: Bytes;
}

const MODULUS_BYTES = 256;
const USER_DATA_BYTES = 64;

/**
 * The JSON of an HCL report. Its bytes, not what is read here, are what the TEE report is made over: see
 * `verifyRuntimeDataBinding`. Unknown keys and fields are left alone, as newer paravisors add some.
 * @throws TpmFormatError
 */
export function parseRuntimeData(runtimeData: Uint8Array): HclRuntimeData {
  const root = object(readJson(runtimeData), 'runtime data');
  const configuration = object(root['vm-configuration'], 'vm-configuration');
  const akPublic = readKey(root['keys'], 'HCLAkPub');
  if (akPublic === null) throw malformed('keys', undefined, 'one named HCLAkPub');
  return {
    akPublic,
    ekPublic: readKey(root['keys'], 'HCLEkPub'),
    vmConfiguration: {
      consoleEnabled: boolean(configuration, 'console-enabled'),
      secureBoot: boolean(configuration, 'secure-boot'),
      tpmEnabled: boolean(configuration, 'tpm-enabled'),
      vmUniqueId: text(configuration, 'vmUniqueId'),
      stated: configuration,
    },
    userData: Object.hasOwn(root, 'user-data') ? readUserData(text(root, 'user-data')) : new Uint8Array(),
  };
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    if (!(cause instanceof BytesError) && !(cause instanceof SyntaxError)) throw cause;
    throw new TpmFormatError('malformed', 'runtime data is not JSON', { cause });
  }
}

/** The one key of this name: with two of them, two readers could take different ones (S05). */
function readKey(keys: unknown, kid: string): HclKey | null {
  if (!Array.isArray(keys)) throw malformed('keys', undefined, 'a list');
  const [key, ...more] = keys.map((item) => object(item, 'keys')).filter((item) => item['kid'] === kid);
  if (key === undefined) return null;
  if (more.length > 0) throw malformed(`keys named ${kid}`, 1 + more.length, 1);
  if (key['kty'] !== 'RSA') throw malformed(`kty of ${kid}`, key['kty'], 'RSA');
  const modulus = base64url(key, 'n');
  if (modulus.length !== MODULUS_BYTES || (modulus[0] ?? 0) === 0) {
    throw malformed(`modulus of ${kid}`, modulus.length, MODULUS_BYTES);
  }
  const exponent = base64url(key, 'e');
  if (exponent.length === 0 || exponent.length > 4 || exponent[0] === 0) {
    throw malformed(`exponent of ${kid}`, exponent.length, '1 to 4 bytes');
  }
  return { modulus, exponent: exponent.reduce((value, byte) => value * 256 + byte, 0) };
}

function readUserData(hex: string): Bytes {
  const bytes = decoded('user-data', () => fromHex(hex));
  if (bytes.length > 0 && bytes.length !== USER_DATA_BYTES)
    throw malformed('user-data', bytes.length, USER_DATA_BYTES);
  return bytes;
}

type JsonObject = Readonly<Record<string, unknown>>;

function object(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(what, undefined, 'an object');
  }
  return value as JsonObject;
}

function boolean(fields: JsonObject, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw malformed(name, undefined, 'true or false');
  return value;
}

function text(fields: JsonObject, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw malformed(name, undefined, 'a text');
  return value;
}

function base64url(fields: JsonObject, name: string): Bytes {
  return decoded(name, () => fromBase64url(text(fields, name)));
}

function decoded(what: string, decode: () => Bytes): Bytes {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof BytesError)) throw cause;
    throw new TpmFormatError('malformed', `runtime data: ${what}: ${cause.message}`, { cause });
  }
}

function malformed(what: string, got: unknown, want: unknown): TpmFormatError {
  return new TpmFormatError('malformed', `runtime data: ${what}`, { got, want });
}
