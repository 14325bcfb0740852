import type { Bytes } from '@asterism/bytes';
import { TdxFormatError } from '../errors.ts';
import { parseJson, type JsonObject } from './json.ts';
import {
  MOST_LEVELS,
  readIsvLevels,
  readPlatformVerdict,
  type IsvLevel,
  type TcbVerdict,
} from './tcb-level.ts';

interface TdxModule {
  /** 48 bytes. */
  readonly mrSigner: Bytes;
  /** 8 bytes each. */
  readonly attributes: Bytes;
  readonly attributesMask: Bytes;
}

/** `id` is `TDX_` and the major version of the module in two hexadecimal digits. */
export interface TdxModuleIdentity extends TdxModule {
  readonly id: string;
  readonly levels: readonly IsvLevel[];
}

export interface PlatformLevel extends TcbVerdict {
  /** Least SVN of each of the 16 components. */
  readonly sgxComponents: readonly number[];
  readonly tdxComponents: readonly number[];
  readonly pceSvn: number;
}

/** TCB info v3 of TDX (Intel SGX and TDX PCS API v4, `GET /tdx/certification/v4/tcb`). */
export interface TcbInfo {
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  readonly fmspc: Bytes;
  readonly pceId: Bytes;
  readonly tcbEvaluationDataNumber: number;
  readonly module: TdxModule;
  readonly moduleIdentities: readonly TdxModuleIdentity[];
  /** From the newest to the oldest: the order counts. */
  readonly levels: readonly PlatformLevel[];
}

/** @throws TdxFormatError `collateral-malformed` */
export function parseTcbInfo(text: string): TcbInfo {
  const json = parseJson(text, 'tcbInfo');
  const kind = {
    id: json.text('id'),
    version: json.integer('version', 0xffff),
    tcbType: json.integer('tcbType', 0xffff),
  };
  if (kind.id !== 'TDX' || kind.version !== 3 || kind.tcbType !== 0) {
    throw new TdxFormatError('collateral-malformed', 'TCB info is of another kind', {
      got: kind,
      want: { id: 'TDX', version: 3, tcbType: 0 },
    });
  }
  return {
    issueDate: json.date('issueDate'),
    nextUpdate: json.date('nextUpdate'),
    fmspc: json.hex('fmspc', 6),
    pceId: json.hex('pceId', 2),
    tcbEvaluationDataNumber: json.integer('tcbEvaluationDataNumber', 0xffff_ffff),
    module: readModule(json.object('tdxModule')),
    moduleIdentities: json.has('tdxModuleIdentities')
      ? json.objects('tdxModuleIdentities', MOST_LEVELS).map((identity) => ({
          id: identity.text('id'),
          ...readModule(identity),
          levels: readIsvLevels(identity),
        }))
      : [],
    levels: json.objects('tcbLevels', MOST_LEVELS).map(readPlatformLevel),
  };
}

function readModule(json: JsonObject): TdxModule {
  return {
    mrSigner: json.hex('mrsigner', 48),
    attributes: json.hex('attributes', 8),
    attributesMask: json.hex('attributesMask', 8),
  };
}

function readPlatformLevel(level: JsonObject): PlatformLevel {
  const tcb = level.object('tcb');
  return {
    sgxComponents: readComponents(tcb, 'sgxtcbcomponents'),
    tdxComponents: readComponents(tcb, 'tdxtcbcomponents'),
    pceSvn: tcb.integer('pcesvn', 0xffff),
    ...readPlatformVerdict(level),
  };
}

function readComponents(tcb: JsonObject, name: string): readonly number[] {
  const components = tcb.objects(name, 16).map((component) => component.integer('svn', 0xff));
  if (components.length !== 16) {
    throw new TdxFormatError('collateral-malformed', `${name} are not 16`, { got: components.length });
  }
  return components;
}
