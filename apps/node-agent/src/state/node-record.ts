import {
  idSchema,
  nameSchema,
  poolRoleSchema,
  sha256Schema,
  stateDiskReportSchema,
  type Ticket,
} from '@asterism/contracts';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from './write-atomically.ts';

/** How far a boot has come on this machine: each step is written before, or together with, what it stands for. */
const bootStepSchema = z.enum(['granted', 'locked', 'disk-open', 'member']);
export type BootStep = z.infer<typeof bootStepSchema>;

const nodeRecordSchema = z.strictObject({
  schema: z.literal('asterism/node-record/v1'),
  node: z.strictObject({ id: idSchema, name: nameSchema, role: poolRoleSchema, pool: nameSchema }),
  cluster: z.strictObject({ id: idSchema, name: nameSchema, clusterId: sha256Schema }),
  /** `reset.restart`, REPORT_ID or the kernel's boot id. */
  boot: z.string().regex(/^[0-9a-f.-]{3,64}$/),
  step: bootStepSchema,
  /** What to report of the disk that this boot opened. */
  stateDisk: stateDiskReportSchema.nullable(),
  /** SHA-256 of the key of the open state disk, to be shown; the key is in memory only. */
  stateDiskKeySha256: sha256Schema.nullable(),
});
export type NodeRecord = z.infer<typeof nodeRecordSchema>;

/** What a node remembers over crashes and reboots: public facts, no secret. */
export interface NodeRecordStore {
  /** Null where there is none; the API knows the node, so a lost record costs a reboot and no more. */
  read(): Promise<NodeRecord | null>;
  write(record: NodeRecord): Promise<void>;
}

/** @param onBroken told of a file that is no record; it is treated as lost. */
export function nodeRecordFile(file: string, onBroken: (reason: string) => void): NodeRecordStore {
  return {
    read: async () => {
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (text === null) return null;
      try {
        return nodeRecordSchema.parse(JSON.parse(text));
      } catch (error) {
        onBroken((error as Error).message);
        return null;
      }
    },
    write: (record) => writeAtomically(file, `${JSON.stringify(record, null, 2)}\n`, { durable: true }),
  };
}

/** A new boot of the node that the ticket is for. */
export function recordOf({ node, cluster }: Ticket, boot: string): NodeRecord {
  const { id, name, clusterId } = cluster;
  return {
    schema: 'asterism/node-record/v1',
    node: { id: node.id, name: node.name, role: node.role, pool: node.pool },
    cluster: { id, name, clusterId },
    boot,
    step: 'granted',
    stateDisk: null,
    stateDiskKeySha256: null,
  };
}
