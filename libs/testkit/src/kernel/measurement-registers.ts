import { createHash } from 'node:crypto';
import { directory, KernelError, type SyntheticDirectory, type SyntheticFile } from './synthetic.ts';

const BYTES = 48;

/** RTMRs of a TD in sysfs, as Linux shows and extends them (`drivers/virt/coco/guest/tsm-mr.c`). */
export class MeasurementRegisters {
  readonly values: Uint8Array[] = [0, 1, 2, 3].map(() => new Uint8Array(BYTES));
  /** To be mounted as `/sys`. */
  readonly sysfs: SyntheticDirectory;
  /** What each extension becomes instead of itself. */
  instead: (digest: Uint8Array) => Uint8Array | null = (digest) => digest;

  constructor() {
    const files = this.values.map((_, rtmr) => [`rtmr${rtmr}:sha384`, this.#file(rtmr)] as const);
    const measurements = directory(Object.fromEntries(files));
    this.sysfs = directory({
      devices: directory({
        virtual: directory({ misc: directory({ tdx_guest: directory({ measurements }) }) }),
      }),
    });
  }

  #file(rtmr: number): SyntheticFile {
    const value = () => this.values[rtmr] ?? new Uint8Array(BYTES);
    return {
      kind: 'file',
      takes: 'at-once',
      limit: BYTES,
      read: value,
      write: (digest) => {
        if (digest.length !== BYTES) throw new KernelError('EINVAL');
        const extension = this.instead(digest);
        if (extension === null) return;
        const next = createHash('sha384').update(value()).update(extension).digest();
        this.values[rtmr] = new Uint8Array(next);
      },
    };
  }
}
