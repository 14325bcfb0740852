import { TdxFormatError } from '../errors.ts';
import type { JsonObject } from './json.ts';

const STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;

export type TcbStatus = (typeof STATUSES)[number];

/** What Intel says of machines that reach a level. */
export interface TcbVerdict {
  readonly status: TcbStatus;
  readonly tcbDate: Date;
  readonly advisoryIds: readonly string[];
}

/** A level of a TDX module or of the quoting enclave. */
export interface IsvLevel extends TcbVerdict {
  readonly isvSvn: number;
}

export const MOST_LEVELS = 256;

export function readVerdict(level: JsonObject): TcbVerdict {
  const text = level.text('tcbStatus');
  const status = STATUSES.find((known) => known === text);
  if (status === undefined) {
    throw new TdxFormatError('collateral-malformed', 'unknown TCB status', { got: text, want: STATUSES });
  }
  const advisoryIds = level.has('advisoryIDs') ? level.texts('advisoryIDs', 1024) : [];
  return { status, tcbDate: level.date('tcbDate'), advisoryIds };
}

export function readIsvLevels(parent: JsonObject): readonly IsvLevel[] {
  return parent
    .objects('tcbLevels', MOST_LEVELS)
    .map((level) => ({ isvSvn: level.object('tcb').integer('isvsvn', 0xffff), ...readVerdict(level) }));
}
