import type { Finding } from '@asterism/contracts';
import type { AgentState } from '../life/node-state.ts';
import { writeAtomically } from '../state/write-atomically.ts';

/** What the agent shows of itself. */
export interface Status {
  readonly state: AgentState;
  readonly node: string | null;
  readonly reason: string | null;
  /** Of a refused appraisal. */
  readonly findings: readonly Finding[];
  /** When `state` became what it is. */
  readonly since: string;
  readonly boot: string;
  readonly pid: number;
  readonly stateDiskKeySha256: string | null;
  /** What is wrong with the disk, open or not; null where nothing is known. */
  readonly stateDiskFault: string | null;
}

export type StatusSink = (status: Status) => void;

/**
 * Rewrites the file at each change, one write at a time; of changes that come faster than the disk only the last is
 * written. A file that cannot be written costs the display, never the node.
 */
export function statusFile(file: string, onError: (error: unknown) => void): StatusSink {
  let next: Status | null = null;
  let writing: Promise<void> | null = null;
  const drain = async (): Promise<void> => {
    while (next !== null) {
      const status = next;
      next = null;
      const text = `${JSON.stringify(status, null, 2)}\n`;
      await writeAtomically(file, text, { durable: false, mode: 0o644 }).catch(onError);
    }
    writing = null;
  };
  return (status) => {
    next = status;
    writing ??= drain();
  };
}
