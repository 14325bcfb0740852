import type { SnpPolicy, SnpTcb } from '@asterism/contracts';
import type { FirmwareVersion, SnpReport, TcbVersion, VerifiedSnpReport } from '@asterism/snp';
import { accepted, differs, matches, undecided, type ClaimReport } from './claim-report.ts';

const PARTS = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const;

/** S13: the floors of the product on what is reported, committed and was there at launch. */
export function compareTcb({ report, product }: VerifiedSnpReport, { products }: SnpPolicy): ClaimReport[] {
  const floors = products.find((each) => each.product === product)?.minimumTcb;
  return (['reported', 'committed', 'launch'] as const).map((which) => {
    const claim = `snp.tcb.${which}`;
    const tcb = report[`${which}Tcb`];
    const floor = floors?.[which];
    if (floor === 'any') return accepted(claim, describe(tcb));
    if (floor === undefined) {
      const compared = { claim, got: describe(tcb), wanted: [] };
      const message = 'the policy has no floor for a product that it does not name';
      return undecided(compared, { code: 'product-not-accepted', message });
    }
    return compareFloor(claim, tcb, floor);
  });
}

function compareFloor(claim: string, tcb: TcbVersion, floor: SnpTcb): ClaimReport {
  const compared = { claim, got: describe(tcb), wanted: [`at least ${describe(floor)}`] };
  const below = PARTS.filter((part) => (tcb[part] ?? 0) < floor[part]);
  return below.length === 0
    ? matches(compared)
    : differs(compared, { code: 'tcb-too-old', message: `below the floor: ${below.join(', ')}` });
}

/** Firmware that is running and not committed can be taken back by the host (AMD 56860 rev. 1.58, SNP_COMMIT). */
export function compareFirmware(report: SnpReport, { provisionalFirmware }: SnpPolicy): ClaimReport {
  const claim = 'snp.firmware';
  const current = describeFirmware(report.currentVersion, report.currentTcb);
  const committed = describeFirmware(report.committedVersion, report.committedTcb);
  if (provisionalFirmware === 'any') return accepted(claim, current);
  const compared = { claim, got: current, wanted: [committed] };
  return current === committed
    ? matches(compared, 'the running firmware is the committed one')
    : differs(compared, {
        code: 'provisional-firmware',
        message: 'the running firmware is not committed, so that the host can go back to an older one',
      });
}

function describeFirmware({ major, minor, build }: FirmwareVersion, tcb: TcbVersion): string {
  return `${major}.${minor}.${build}, ${describe(tcb)}`;
}

function describe(tcb: TcbVersion | SnpTcb): string {
  return PARTS.flatMap((part) => (tcb[part] === undefined ? [] : [`${part} ${tcb[part]}`])).join(', ');
}
