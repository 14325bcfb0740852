import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from './write-atomically.ts';

const bootRecordSchema = z.strictObject({
  schema: z.literal('asterism/boot-record/v1'),
  boot: z.string(),
  locked: z.boolean(),
  /** RTMR 2 as an agent first saw it, hexadecimal. */
  booted: z
    .string()
    .regex(/^[0-9a-f]{96}$/)
    .nullable(),
});
/** What no register of the machine says of a boot, or not alone. */
type BootRecord = Pick<z.infer<typeof bootRecordSchema>, 'locked' | 'booted'>;

export interface BootRecordStore {
  /** As nothing were known where there is no record of this boot. */
  read(): Promise<BootRecord>;
  write(record: BootRecord): Promise<void>;
}

export function bootRecordFile(file: string, boot: string): BootRecordStore {
  return {
    read: async () => {
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return 'null';
        throw error;
      });
      const record = bootRecordSchema.safeParse(parse(text)).data;
      return record?.boot === boot ? record : { locked: false, booted: null };
    },
    write: (record) => {
      const text = `${JSON.stringify({ schema: 'asterism/boot-record/v1', boot, ...record }, null, 2)}\n`;
      return writeAtomically(file, text, { durable: true });
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
