import { TdxFormatError } from '../errors.ts';
import type { JsonObject } from './json.ts';

const ISV_STATUSES = ['UpToDate', 'OutOfDate', 'Revoked'] as const;
/** Statuses of a platform (Intel SGX and TDX PCS API v4, TCB info v3). */
const STATUSES = [
  ...ISV_STATUSES,
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDateConfigurationNeeded',
] as const;

export type TcbStatus = (typeof STATUSES)[number];
export type IsvStatus = (typeof ISV_STATUSES)[number];

/** What Intel says of machines that reach a level. */
export interface TcbVerdict<Status extends TcbStatus = TcbStatus> {
  readonly status: Status;
  readonly tcbDate: Date;
  readonly advisoryIds: readonly string[];
}

/** A level of a TDX module or of the quoting enclave. */
export interface IsvLevel extends TcbVerdict<IsvStatus> {
  readonly isvSvn: number;
}

export const MOST_LEVELS = 256;
const MOST_ADVISORIES = 1024;

export function readPlatformVerdict(level: JsonObject): TcbVerdict {
  return readVerdict(level, STATUSES);
}

export function readIsvLevels(parent: JsonObject): readonly IsvLevel[] {
  return parent.objects('tcbLevels', MOST_LEVELS).map((level) => ({
    isvSvn: level.object('tcb').integer('isvsvn', 0xffff),
    ...readVerdict(level, ISV_STATUSES),
  }));
}

function readVerdict<Status extends TcbStatus>(
  level: JsonObject,
  statuses: readonly Status[],
): TcbVerdict<Status> {
  const text = level.text('tcbStatus');
  const status = statuses.find((known) => known === text);
  if (status === undefined) {
    throw new TdxFormatError('collateral-malformed', 'unknown TCB status', { got: text, want: statuses });
  }
  const advisoryIds = level.has('advisoryIDs') ? level.texts('advisoryIDs', MOST_ADVISORIES) : [];
  return { status, tcbDate: level.date('tcbDate'), advisoryIds };
}
