import { toHex } from '@asterism/bytes';
import type { EnclaveReport, PckExtensions } from '@asterism/tdx';

/** TCB info and QE identity as Intel writes them, to be changed before they are signed. */
export interface TcbInfoJson {
  id: string;
  version: number;
  issueDate: string;
  nextUpdate: string;
  fmspc: string;
  pceId: string;
  tcbType: number;
  tcbEvaluationDataNumber: number;
  tdxModule: ModuleJson;
  tdxModuleIdentities: (ModuleJson & { id: string; tcbLevels: IsvLevelJson[] })[];
  tcbLevels: PlatformLevelJson[];
}

interface ModuleJson {
  mrsigner: string;
  attributes: string;
  attributesMask: string;
}

interface IsvLevelJson {
  tcb: { isvsvn: number };
  tcbDate: string;
  tcbStatus: string;
  advisoryIDs?: string[];
}

interface PlatformLevelJson {
  tcb: { sgxtcbcomponents: { svn: number }[]; pcesvn: number; tdxtcbcomponents: { svn: number }[] };
  tcbDate: string;
  tcbStatus: string;
  advisoryIDs?: string[];
}

export interface QeIdentityJson {
  id: string;
  version: number;
  issueDate: string;
  nextUpdate: string;
  tcbEvaluationDataNumber: number;
  miscselect: string;
  miscselectMask: string;
  attributes: string;
  attributesMask: string;
  mrsigner: string;
  isvprodid: number;
  tcbLevels: IsvLevelJson[];
}

/** When documents are issued and go out of date. */
export interface DocumentDates {
  readonly issueDate: Date;
  readonly nextUpdate: Date;
}

const TCB_DATE = '2026-02-11T00:00:00Z';
/** Least SVN of the quoting enclave, and of the newest TDX module, that are up to date. */
export const UP_TO_DATE = { qe: 6, module: 8 } as const;

const MODULE: ModuleJson = {
  mrsigner: '00'.repeat(48),
  attributes: '00'.repeat(8),
  attributesMask: 'FF'.repeat(8),
};

/** One level, up to date and just reached by the platform, and one below that is out of date. */
export function tcbInfoOf(pck: PckExtensions, teeTcbSvn: Uint8Array, dates: DocumentDates): TcbInfoJson {
  const reached: PlatformLevelJson['tcb'] = {
    sgxtcbcomponents: pck.componentSvns.map((svn) => ({ svn })),
    pcesvn: pck.pceSvn,
    // The module's own version is for its identity to judge.
    tdxtcbcomponents: [...teeTcbSvn].map((svn, i) => ({ svn: i === 1 ? 0 : svn })),
  };
  const zeros = Array.from({ length: 16 }, () => ({ svn: 0 }));
  const least = { sgxtcbcomponents: zeros, pcesvn: 0, tdxtcbcomponents: zeros };
  const isOld = { tcbDate: TCB_DATE, tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-00001'] };
  return {
    id: 'TDX',
    version: 3,
    ...written(dates),
    fmspc: toHex(pck.fmspc).toUpperCase(),
    pceId: toHex(pck.pceId).toUpperCase(),
    tcbType: 0,
    tcbEvaluationDataNumber: 18,
    tdxModule: { ...MODULE },
    tdxModuleIdentities: [
      {
        id: 'TDX_01',
        ...MODULE,
        tcbLevels: [
          { tcb: { isvsvn: UP_TO_DATE.module }, tcbDate: TCB_DATE, tcbStatus: 'UpToDate' },
          { tcb: { isvsvn: 2 }, ...isOld, advisoryIDs: ['INTEL-SA-00002'] },
        ],
      },
    ],
    tcbLevels: [
      { tcb: reached, tcbDate: TCB_DATE, tcbStatus: 'UpToDate' },
      { tcb: least, ...isOld },
    ],
  };
}

export function qeIdentityOf(qeReport: EnclaveReport, dates: DocumentDates): QeIdentityJson {
  return {
    id: 'TD_QE',
    version: 2,
    ...written(dates),
    tcbEvaluationDataNumber: 18,
    miscselect: toHex(qeReport.miscSelect.toReversed()).toUpperCase(),
    miscselectMask: 'FFFFFFFF',
    attributes: '11000000000000000000000000000000',
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: toHex(qeReport.mrSigner).toUpperCase(),
    isvprodid: qeReport.isvProdId,
    tcbLevels: [
      { tcb: { isvsvn: UP_TO_DATE.qe }, tcbDate: TCB_DATE, tcbStatus: 'UpToDate' },
      {
        tcb: { isvsvn: 1 },
        tcbDate: TCB_DATE,
        tcbStatus: 'OutOfDate',
        advisoryIDs: ['INTEL-SA-00003'],
      },
    ],
  };
}

function written({ issueDate, nextUpdate }: DocumentDates): { issueDate: string; nextUpdate: string } {
  const seconds = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
  return { issueDate: seconds(issueDate), nextUpdate: seconds(nextUpdate) };
}
