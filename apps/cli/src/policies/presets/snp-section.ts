import type { SNP_PRODUCTS } from '@asterism/contracts';
import { placeholder } from '../placeholder.ts';
import { field, type Commented, type Members } from './commented.ts';
import { anyMeasurement } from './measurement.ts';

export interface SnpPreset {
  /** Milan has to be written by the operator himself (S16). */
  readonly product: Exclude<(typeof SNP_PRODUCTS)[number], 'Milan'> | { readonly milanOn: string };
  readonly signingKey: Commented;
  readonly provisionalFirmware: Commented;
  readonly vmpl: Commented;
  readonly measurement: Commented;
  readonly idKeyDigest: Commented;
  readonly aliasCheckComplete: Commented;
}

const MILAN =
  '"Milan", if you accept it: the root secret of this product has been extracted from a processor, so that reports can ' +
  'be forged by whoever has it';

export function snpSection(preset: SnpPreset): Commented {
  return field('the SEV-SNP report, signed up to the pinned root of AMD; debug is refused always', {
    products: field('processors that are accepted, each with its own floor', [productOf(preset.product)]),
    signingKey: preset.signingKey,
    revocation: field('no decision without a fresh revocation list of AMD', 'required'),
    provisionalFirmware: preset.provisionalFirmware,
    guestPolicy: field('bits that the launch must have set; a guest cannot change them later', GUEST_POLICY),
    vmpl: preset.vmpl,
    measurement: preset.measurement,
    hostData: anyMeasurement('the host writes it at launch and nothing here depends on it'),
    idKeyDigest: preset.idKeyDigest,
    authorKeyDigest: anyMeasurement(
      'a second signature over the first; set only where an author key is used',
    ),
    chips: field('single processors by CHIP_ID', {
      allow: field('every processor of the products above; a list is stricter', 'any'),
      deny: field('processors that are known to be broken; takes effect on connected nodes at once', []),
    }),
    platformInfo: field('how the host is set up', platformInfo(preset.aliasCheckComplete)),
    mitigations: field('reports before version 5 have no mitigation vectors', 'any'),
  });
}

function productOf(product: SnpPreset['product']): Members {
  const tcb = (which: string) =>
    placeholder(
      `least {"fmc", "bootloader", "tee", "snp", "microcode"} of the ${which} TCB, as numbers; \`asterism appraise\` shows ` +
        'those of a report, AMD’s bulletins name those that are safe. fmc is 0 but on Turin',
    );
  const name =
    typeof product === 'string'
      ? field('line of processors; Bergamo and Siena belong to Genoa', product)
      : field(`the processors of ${product.milanOn}`, placeholder(MILAN));
  return {
    product: name,
    minimumTcb: field('older firmware has known holes', {
      reported: field('what the certificate of the report vouches for', tcb('reported')),
      committed: field('what the host cannot roll back from', tcb('committed')),
      launch: field('what the guest was started with', tcb('launch')),
    }),
  };
}

const GUEST_POLICY: Members = {
  abiMinimum: field('version of the firmware interface; the TCB floor says more', 'any'),
  smt: field('the guest may run beside hyper-threads; false refuses hosts that have them on', true),
  migrateMa: field('no migration agent may take the guest’s memory elsewhere', false),
  singleSocket: field('true ties the guest to one socket; stricter, and rarely offered', 'any'),
  cxlAllow: field('no memory on a CXL device', false),
  memAes256Xts: field('true asks for AES-256 in XTS mode; stricter', 'any'),
  raplDis: field('true asks for power measurement to be off; stricter', 'any'),
  ciphertextHiding: field('true asks for ciphertexts to be hidden from the host; stricter', 'any'),
  pageSwapDisable: field('true asks for no page to be moved out; stricter', 'any'),
};

function platformInfo(aliasCheckComplete: Commented): Members {
  return {
    smtEn: field('hyper-threads; the guest policy above decides', 'any'),
    tsmeEn: field('memory of the host is encrypted as well; the guest’s is anyway', 'any'),
    eccEn: field('error correction of the memory', 'any'),
    raplDis: field('power measurement is off', 'any'),
    ciphertextHidingEn: field('ciphertexts are hidden from the host', 'any'),
    aliasCheckComplete,
    tioEn: field('trusted devices are supported', 'any'),
  };
}

export const REFUSE_PROVISIONAL = field('refuse firmware that the host can still roll back', 'refuse');
export const VCEK = field('key of the processor itself', 'VCEK');
export const VMPL0 = field('the report was asked for at the highest privilege', [0]);
export const ALIAS_CHECKED = field('the host was checked for aliased memory at boot (BadRAM)', true);
export const NO_ID_KEY = anyMeasurement('no ID block is used: the launch measurement is pinned itself');
