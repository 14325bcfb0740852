import { KeysError } from '@asterism/keys';
import { flushLeftovers, Tpm, type TpmTransport } from '@asterism/tpm';
import { openTpm, TpmDeviceError } from '@asterism/tpm-device';

/** The way to the TPM is gone; it can come back without anybody changing the configuration. */
const PASSING: ReadonlySet<string> = new Set([
  'unreachable',
  'connection-lost',
  'timeout',
  'response-malformed',
]);

/** Opens the way to the TPM at the first command, and anew after it was lost. */
class ReopeningTransport implements TpmTransport {
  readonly #address: string;
  #open: TpmTransport | undefined;
  /** How often it was opened. */
  opened = 0;

  constructor(address: string) {
    this.#address = address;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  async transceive(command: Uint8Array): Promise<Uint8Array> {
    if (this.#open === undefined) {
      this.#open = await openTpm(this.#address);
      this.opened++;
    }
    try {
      return await this.#open.transceive(command);
    } catch (cause) {
      await this.close();
      throw cause;
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.close();
  }
}

/**
 * The API's own TPM, shared by the seal and by the evidence that it gives to nodes: a TPM has one client at a time. It may
 * be away when the API starts, and for a while later.
 */
export class OwnTpm {
  readonly tpm: Tpm;
  readonly #transport: ReopeningTransport;
  #cleared = 0;
  #preparing: Promise<void> | undefined;

  constructor(address: string) {
    this.#transport = new ReopeningTransport(address);
    this.tpm = new Tpm(this.#transport);
  }

  /** Counts connections: what was loaded into the TPM on an earlier one is not there any more. */
  get connection(): number {
    return this.#cleared;
  }

  /**
   * Connects where nothing is connected, and takes out of the TPM what a killed process left in it.
   * @throws KeysError `seal-unavailable` where the TPM is away, TpmDeviceError where its address cannot be right
   */
  prepare(): Promise<void> {
    if (this.#transport.isOpen && this.#cleared === this.#transport.opened) return Promise.resolve();
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  async #prepare(): Promise<void> {
    try {
      await flushLeftovers(this.tpm);
      this.#cleared = this.#transport.opened;
    } catch (cause) {
      if (cause instanceof TpmDeviceError && !PASSING.has(cause.code)) throw cause;
      throw new KeysError('seal-unavailable', 'the TPM does not answer', { cause });
    }
  }

  close(): Promise<void> {
    return this.tpm.close();
  }
}
