import type { StateDisk, StateDiskReport } from '@asterism/contracts';
import {
  audit,
  events,
  keys,
  stateDisks,
  type TicketParameters,
  type Transaction,
} from '@asterism/persistence';
import { ProblemError } from '../http/problem-error.ts';
import type { NodeBoot } from './node-states.ts';

/** What a report makes of the record of a disk. */
export interface DiskProgress {
  readonly keyVersion: number;
  readonly nextKeyVersion: number | null;
  readonly epoch: number;
  /** The disk is newer than the record: the record is older than it should be, as after a restore of a backup. */
  readonly ahead: boolean;
}

/** How far the reported epoch is from the granted one, by what the node says it saw. */
const STEPS = { none: 1, unacknowledged: 2 } as const;

/**
 * What a report can mean for a disk, given what the boot was granted and what the record says now. Versions and epochs
 * only go forward. Pure.
 * @throws ProblemError `node-state-conflict` for what cannot be
 */
export function followReport(
  disk: Pick<StateDisk, 'keyVersion' | 'nextKeyVersion' | 'epoch'>,
  granted: Pick<TicketParameters, 'keyVersion' | 'nextKeyVersion' | 'epoch'>,
  report: StateDiskReport,
): DiskProgress {
  const { version, epoch, rollback } = report;
  if (disk.epoch !== granted.epoch) throw impossible('another boot has reported this disk since');
  const expected = rollback === 'ahead' ? epoch : granted.epoch + STEPS[rollback];
  if (epoch !== expected || (rollback === 'ahead' && epoch <= granted.epoch + STEPS.unacknowledged)) {
    throw impossible(`epoch ${epoch} does not follow ${granted.epoch}`);
  }
  const rotated = version === granted.nextKeyVersion;
  if (!rotated && version !== granted.keyVersion) throw impossible('this boot was granted other versions');
  if (version !== disk.keyVersion && version !== disk.nextKeyVersion) {
    throw impossible(`version ${version} is neither the current one nor wanted`);
  }
  const done = version === disk.nextKeyVersion;
  return {
    keyVersion: version,
    nextKeyVersion: done ? null : disk.nextKeyVersion,
    epoch,
    ahead: rollback === 'ahead',
  };
}

/** Writes what a boot reports of its disk, together with the boot's progress. @throws ProblemError `node-state-conflict` */
export async function writeReport(
  tx: Transaction,
  at: NodeBoot,
  granted: TicketParameters,
  report: StateDiskReport,
): Promise<void> {
  const { clusterId, nodeId } = at;
  const { diskId } = granted;
  const disk = await stateDisks.lockOfNode(tx, clusterId, nodeId, diskId);
  if (disk === undefined) throw impossible('this disk is not the node’s');
  const { keyVersion, nextKeyVersion, epoch, ahead } = followReport(disk, granted, report);
  // A header of before was taken once; whatever was wrong with the disk, it has been opened now.
  const fault = ahead
    ? ({
        code: 'state-disk-ahead',
        detail: `the disk showed epoch ${epoch - 1}, later than ${disk.epoch} of the record`,
        epoch: epoch - 1,
        at: tx.now.toISOString(),
      } as const)
    : null;
  await stateDisks.change(tx, clusterId, diskId, {
    keyVersion,
    nextKeyVersion,
    epoch,
    acceptedEpoch: null,
    fault,
  });
  await stateDisks.noteOpened(tx, clusterId, diskId);
  if (keyVersion !== disk.keyVersion) await recordRotation(tx, at, diskId, keyVersion);
  if (fault !== null) recordFault(tx, at, diskId, fault);
}

/** The same report again, because its answer was lost. @throws ProblemError `node-state-conflict` for another one */
export async function requireRepeated(
  tx: Transaction,
  { clusterId, nodeId }: NodeBoot,
  { diskId }: TicketParameters,
  { version, epoch }: StateDiskReport,
): Promise<void> {
  const disk = await stateDisks.lockOfNode(tx, clusterId, nodeId, diskId);
  if (disk?.keyVersion === version && disk.epoch === epoch) return;
  throw impossible('this boot has reported another state of its disk');
}

async function recordRotation(
  tx: Transaction,
  { clusterId, nodeId }: NodeBoot,
  id: string,
  version: number,
): Promise<void> {
  await keys.retireBefore(tx, clusterId, { purpose: 'state-disk', id, version });
  audit.append(tx, {
    clusterId,
    actor: `node:${nodeId}`,
    action: 'key.rotated',
    target: `key:state-disk/${id}/${version}`,
    details: {},
  });
  events.append(tx, {
    type: 'key.changed',
    clusterId,
    data: { purpose: 'state-disk', id, version, change: 'rotated' },
  });
}

/** The audit record and the event of a fault at a disk. */
export function recordFault(
  tx: Transaction,
  { clusterId, nodeId }: Pick<NodeBoot, 'clusterId' | 'nodeId'>,
  diskId: string,
  fault: NonNullable<StateDisk['fault']>,
): void {
  const { code, detail, epoch } = fault;
  audit.append(tx, {
    clusterId,
    actor: `node:${nodeId}`,
    action: 'state-disk.fault',
    target: `state-disk:${diskId}`,
    details: { code, detail, epoch },
  });
  events.append(tx, { type: 'state-disk.fault', clusterId, data: { nodeId, diskId, code, detail, epoch } });
}

function impossible(detail: string): ProblemError {
  return new ProblemError('node-state-conflict', detail);
}
