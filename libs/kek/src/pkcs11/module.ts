import { KekError } from '@asterism/keys';
import { createRequire } from 'node:module';
import { NativeMemory, type Koffi } from './native-memory.ts';
import { CKR, Pkcs11ReturnValue } from './return-values.ts';

/** PKCS #11 v2.40 §A: place in CK_FUNCTION_LIST (behind a version; pointers in this order) and parameters. */
const FUNCTIONS = {
  C_Initialize: [0, 'void *'],
  C_Finalize: [1, 'void *'],
  C_GetSlotList: [4, 'uint8_t, void *, void *'],
  C_GetTokenInfo: [6, 'unsigned long, void *'],
  C_OpenSession: [12, 'unsigned long, unsigned long, void *, void *, void *'],
  C_CloseSession: [13, 'unsigned long'],
  C_Login: [18, 'unsigned long, unsigned long, void *, unsigned long'],
  C_Logout: [19, 'unsigned long'],
  C_GetAttributeValue: [24, 'unsigned long, unsigned long, void *, unsigned long'],
  C_FindObjectsInit: [26, 'unsigned long, void *, unsigned long'],
  C_FindObjects: [27, 'unsigned long, void *, unsigned long, void *'],
  C_FindObjectsFinal: [28, 'unsigned long'],
  C_EncryptInit: [29, 'unsigned long, void *, unsigned long'],
  C_Encrypt: [30, 'unsigned long, void *, unsigned long, void *, void *'],
  C_DecryptInit: [33, 'unsigned long, void *, unsigned long'],
  C_Decrypt: [34, 'unsigned long, void *, unsigned long, void *, void *'],
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

/** CKF_OS_LOCKING_OK: calls come from several threads. */
const OS_LOCKING_OK = 2;
const POINTER = 8;
/** Libraries of vendors expect the stack of a thread, not koffi's quarter of a megabyte. */
const STACK = 4 << 20;

/** What a library says that has lost its device, and mostly goes on saying. */
const LOST: ReadonlySet<number> = new Set([
  CKR.deviceError,
  CKR.deviceRemoved,
  CKR.tokenNotPresent,
  CKR.cryptokiNotInitialized,
]);

type Library = ReturnType<Koffi['load']>;
/** A call runs on a thread of the pool: a token that hangs does not stop the API. */
type Callable = { async(...parameters: unknown[]): void };

/** Providers of this process that name one library share it: what one initialises is initialised for all. */
const modules = new Map<string, Pkcs11Module>();

/** One vendor library in this process. CK_ULONG is 8 bytes: 64-bit Linux. */
export class Pkcs11Module {
  readonly #koffi: Koffi;
  /** Held: it is unloaded when nobody has it, and its functions with it. */
  readonly library: Library;
  readonly #functions: ReadonlyMap<FunctionName, Callable>;
  #turn: Promise<unknown> = Promise.resolve();
  #initialised = false;
  #logOut: (() => Promise<void>) | undefined;
  /** Grows when the library is initialised: sessions of before are gone. */
  #generation = 0;

  private constructor(koffi: Koffi, library: Library) {
    this.#koffi = koffi;
    this.library = library;
    this.#functions = readFunctions(koffi, library);
  }

  /** @throws KekError `kek-configuration-invalid` where the library or koffi cannot be loaded */
  static load(path: string): Pkcs11Module {
    const known = modules.get(path);
    if (known !== undefined) return known;
    const koffi = loadKoffi();
    const module = loadModule(path, () => new Pkcs11Module(koffi, koffi.load(path)));
    modules.set(path, module);
    return module;
  }

  /**
   * Runs `task` when nobody else calls the library, which is initialised then; where the way to the device was lost, it is
   * given up, and the next task begins with a new one.
   */
  exclusive<Result>(task: (generation: number) => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(async () => {
      await this.#initialise();
      try {
        return await task(this.#generation);
      } catch (error) {
        if (error instanceof Pkcs11ReturnValue && LOST.has(error.value)) await this.#finalise();
        throw error;
      }
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** @throws Pkcs11ReturnValue on anything but CKR_OK and `accepted` */
  async call(
    name: FunctionName,
    parameters: readonly unknown[],
    accepted: readonly number[] = [],
  ): Promise<void> {
    const callable = this.#functions.get(name);
    if (callable === undefined) throw new Error(`no function ${name}`);
    const value = await new Promise<number>((resolve, reject) => {
      callable.async(...parameters, (error: unknown, returned: number | bigint) => {
        if (error === null) resolve(Number(returned));
        else reject(error as Error);
      });
    });
    if (value !== CKR.ok && !accepted.includes(value)) throw new Pkcs11ReturnValue(name, value);
  }

  /**
   * Whom a token has let in is let in for the whole process (PKCS #11 v2.40, §2.6.4), which must not spare another
   * provider its own PIN: who logs in ends the login of whoever did before. Within `exclusive`.
   */
  async takeLogin(logOut: () => Promise<void>): Promise<void> {
    const before = this.#logOut;
    this.#logOut = logOut;
    await before?.();
  }

  /** For one call or a few; `using` frees it. */
  memory(): NativeMemory {
    return new NativeMemory(this.#koffi);
  }

  async #initialise(): Promise<void> {
    if (this.#initialised) return;
    using memory = this.memory();
    // CK_C_INITIALIZE_ARGS: four functions for locks, flags, reserved.
    const locking = memory.putWords(0, 0, 0, 0, OS_LOCKING_OK, 0);
    await this.call('C_Initialize', [locking], [CKR.cryptokiAlreadyInitialized]);
    this.#initialised = true;
    this.#generation += 1;
  }

  async #finalise(): Promise<void> {
    this.#initialised = false;
    this.#logOut = undefined;
    await this.call('C_Finalize', [null]).catch(() => undefined);
  }
}

/** koffi is a native module, so it stays beside the API's one file; it is only needed where a section asks for it. */
function loadKoffi(): Koffi {
  try {
    loadedKoffi ??= configured(createRequire(import.meta.url)('koffi') as Koffi);
    return loadedKoffi;
  } catch (cause) {
    const message = 'PKCS#11 needs the npm package koffi beside the API';
    throw new KekError('kek-configuration-invalid', message, { cause });
  }
}

let loadedKoffi: Koffi | undefined;

/** It can be done once, before any library is loaded. */
function configured(koffi: Koffi): Koffi {
  koffi.config({ async_stack_size: STACK });
  return koffi;
}

function loadModule(path: string, load: () => Pkcs11Module): Pkcs11Module {
  try {
    return load();
  } catch (cause) {
    throw new KekError('kek-configuration-invalid', `${path} is no PKCS#11 module`, { cause });
  }
}

function readFunctions(koffi: Koffi, library: Library): ReadonlyMap<FunctionName, Callable> {
  const list: unknown[] = [null];
  const value: unknown = library.func('unsigned long C_GetFunctionList(_Out_ void **list)')(list);
  if (value !== CKR.ok) throw new Pkcs11ReturnValue('C_GetFunctionList', Number(value));
  return new Map(
    Object.entries(FUNCTIONS).map(([name, [place, parameters]]) => {
      const pointer: unknown = koffi.decode(list[0], POINTER * (1 + place), 'void *');
      const prototype = koffi.proto(`unsigned long (${parameters})`);
      return [name as FunctionName, koffi.decode(pointer, prototype) as Callable];
    }),
  );
}
