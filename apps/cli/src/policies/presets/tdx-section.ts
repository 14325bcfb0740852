import { field, type Commented, type Members } from './commented.ts';
import { anyMeasurement } from './measurement.ts';

export interface TdxPreset {
  readonly mrTd: Commented;
  readonly rtmrs: readonly [Commented, Commented, Commented, Commented];
  readonly tdAttributes: Commented;
  readonly eventLog: Commented;
}

export function tdxSection({ mrTd, rtmrs: [rtmr0, rtmr1, rtmr2, rtmr3], ...preset }: TdxPreset): Commented {
  return field('the TDX quote, signed up to the pinned root of Intel; debug is refused always', {
    mrTd,
    rtmr0,
    rtmr1,
    rtmr2,
    rtmr3,
    module: field('the TDX module of the host', {
      mrSeam: anyMeasurement('modules are signed by Intel and rated by the TCB status below'),
      minimumSvn: field('the TCB status rates the module’s version', 'any'),
    }),
    mrConfigId: anyMeasurement('the host writes it at launch and nothing here depends on it'),
    mrOwner: anyMeasurement('the host writes it at launch and nothing here depends on it'),
    mrOwnerConfig: anyMeasurement('the host writes it at launch and nothing here depends on it'),
    xfam: field('processor features that the guest may use; they do not weaken it', 'any'),
    tdAttributes: preset.tdAttributes,
    tcbStatus: field('UpToDate, and nothing else unless it is written here', {
      exceptions: field(
        '[{"status", "advisories": […all of them], "until": time, "comment"}]: each must end; OutOfDate and Revoked have none',
        [],
      ),
    }),
    minimumTcbEvaluationDataNumber: field(
      'number of Intel’s evaluation; maximumCollateralAge bounds its age already',
      'any',
    ),
    platforms: field('single platforms by PPID', PLATFORMS),
    eventLog: preset.eventLog,
  });
}

const PLATFORMS: Members = {
  allow: field('every platform that Intel vouches for; a list is stricter', 'any'),
  deny: field('platforms that are known to be broken; takes effect on connected nodes at once', []),
};
