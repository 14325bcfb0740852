import { KekError } from '@asterism/keys';
import { createRequire } from 'node:module';
import { CKR, Pkcs11ReturnValue } from './return-values.ts';

type Koffi = typeof import('koffi');

/** PKCS #11 v2.40 §A: place in CK_FUNCTION_LIST (behind a version; pointers in this order) and parameters. */
const FUNCTIONS = {
  C_Initialize: [0, 'CK_C_INITIALIZE_ARGS *'],
  C_GetSlotList: [4, 'uint8_t, void *, _Inout_ unsigned long *'],
  C_GetTokenInfo: [6, 'unsigned long, void *'],
  C_OpenSession: [12, 'unsigned long, unsigned long, void *, void *, _Out_ unsigned long *'],
  C_CloseSession: [13, 'unsigned long'],
  C_Login: [18, 'unsigned long, unsigned long, const uint8_t *, unsigned long'],
  C_GetAttributeValue: [24, 'unsigned long, unsigned long, CK_ATTRIBUTE *, unsigned long'],
  C_FindObjectsInit: [26, 'unsigned long, CK_ATTRIBUTE *, unsigned long'],
  C_FindObjects: [27, 'unsigned long, void *, unsigned long, _Out_ unsigned long *'],
  C_FindObjectsFinal: [28, 'unsigned long'],
  C_EncryptInit: [29, 'unsigned long, CK_MECHANISM *, unsigned long'],
  C_Encrypt: [30, 'unsigned long, const uint8_t *, unsigned long, void *, _Inout_ unsigned long *'],
  C_DecryptInit: [33, 'unsigned long, CK_MECHANISM *, unsigned long'],
  C_Decrypt: [34, 'unsigned long, const uint8_t *, unsigned long, void *, _Inout_ unsigned long *'],
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

/** CKF_OS_LOCKING_OK: calls come from several threads. */
const OS_LOCKING_OK = 2;
const POINTER = 8;

/** A call runs on a thread of the pool: a token that hangs does not stop the API. */
type Callable = { async(...parameters: unknown[]): void };

/** One vendor library in this process. CK_ULONG is 8 bytes: 64-bit Linux. */
export class Pkcs11Module {
  readonly #koffi: Koffi;
  readonly #functions: ReadonlyMap<FunctionName, Callable>;

  private constructor(koffi: Koffi, functions: ReadonlyMap<FunctionName, Callable>) {
    this.#koffi = koffi;
    this.#functions = functions;
  }

  /** @throws KekError `kek-configuration-invalid` where the library or koffi cannot be loaded */
  static async load(path: string): Promise<Pkcs11Module> {
    const koffi = loadKoffi();
    const functions = readFunctions(koffi, path);
    const module = new Pkcs11Module(koffi, functions);
    const locking = {
      create: null,
      destroy: null,
      lock: null,
      unlock: null,
      flags: OS_LOCKING_OK,
      reserved: null,
    };
    // Another provider of this process may use the same library.
    await module.call('C_Initialize', [locking], [CKR.cryptokiAlreadyInitialized]);
    return module;
  }

  /** @throws Pkcs11ReturnValue on anything but CKR_OK and `accepted` */
  call(
    name: FunctionName,
    parameters: readonly unknown[],
    accepted: readonly number[] = [],
  ): Promise<number> {
    const callable = this.#functions.get(name);
    if (callable === undefined) throw new Error(`no function ${name}`);
    return new Promise((resolve, reject) => {
      callable.async(...parameters, (error: unknown, value: number) => {
        if (error !== null) reject(error as Error);
        else if (value !== CKR.ok && !accepted.includes(value)) reject(new Pkcs11ReturnValue(name, value));
        else resolve(value);
      });
    });
  }

  /** A template that the module writes lengths into. */
  attributes(template: readonly { type: number; pValue: Buffer; ulValueLen: number }[]): unknown {
    const attributes: unknown = this.#koffi.alloc('CK_ATTRIBUTE', template.length);
    template.forEach((attribute, at) => {
      this.#koffi.encode(attributes, at * this.#koffi.sizeof('CK_ATTRIBUTE'), 'CK_ATTRIBUTE', attribute);
    });
    return attributes;
  }

  /** Of the first attribute; all ones where the module gives none. */
  attributeLength(attributes: unknown): bigint {
    return BigInt(this.#koffi.decode(attributes, 2 * POINTER, 'unsigned long') as number | bigint);
  }

  /** CK_GCM_PARAMS (v2.40 errata 01, §2.12.7) in memory that a mechanism can point to; keep it until the call is done. */
  gcmMechanism(iv: Buffer, aad: Buffer, tagLength: number): unknown {
    const parameters: unknown = this.#koffi.alloc('CK_GCM_PARAMS', 1);
    const fields = {
      pIv: iv,
      ulIvLen: iv.length,
      ulIvBits: iv.length * 8,
      pAAD: aad,
      ulAADLen: aad.length,
      ulTagBits: tagLength * 8,
    };
    this.#koffi.encode(parameters, 'CK_GCM_PARAMS', fields);
    return {
      mechanism: AES_GCM,
      pParameter: parameters,
      ulParameterLen: this.#koffi.sizeof('CK_GCM_PARAMS'),
    };
  }
}

/** CKM_AES_GCM */
const AES_GCM = 0x1087;

/** koffi is a native module, so it stays beside the API's one file; it is only needed where a section asks for it. */
function loadKoffi(): Koffi {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    defineTypes(koffi);
    return koffi;
  } catch (cause) {
    throw new KekError('kek-configuration-invalid', 'PKCS#11 needs the npm package koffi beside the API', {
      cause,
    });
  }
}

let defined = false;

function defineTypes(koffi: Koffi): void {
  if (defined) return;
  defined = true;
  koffi.struct('CK_ATTRIBUTE', { type: 'unsigned long', pValue: 'void *', ulValueLen: 'unsigned long' });
  koffi.struct('CK_MECHANISM', {
    mechanism: 'unsigned long',
    pParameter: 'void *',
    ulParameterLen: 'unsigned long',
  });
  koffi.struct('CK_GCM_PARAMS', {
    pIv: 'void *',
    ulIvLen: 'unsigned long',
    ulIvBits: 'unsigned long',
    pAAD: 'void *',
    ulAADLen: 'unsigned long',
    ulTagBits: 'unsigned long',
  });
  koffi.struct('CK_C_INITIALIZE_ARGS', {
    create: 'void *',
    destroy: 'void *',
    lock: 'void *',
    unlock: 'void *',
    flags: 'unsigned long',
    reserved: 'void *',
  });
}

function readFunctions(koffi: Koffi, path: string): ReadonlyMap<FunctionName, Callable> {
  try {
    const list: unknown[] = [null];
    const value: unknown = koffi.load(path).func('unsigned long C_GetFunctionList(_Out_ void **list)')(list);
    if (value !== CKR.ok) throw new Pkcs11ReturnValue('C_GetFunctionList', Number(value));
    return new Map(
      Object.entries(FUNCTIONS).map(([name, [place, parameters]]) => {
        const pointer: unknown = koffi.decode(list[0], POINTER * (1 + place), 'void *');
        const prototype = koffi.proto(`unsigned long (${parameters})`);
        return [name as FunctionName, koffi.decode(pointer, prototype) as Callable];
      }),
    );
  } catch (cause) {
    throw new KekError('kek-configuration-invalid', `${path} is no PKCS#11 module`, { cause });
  }
}
