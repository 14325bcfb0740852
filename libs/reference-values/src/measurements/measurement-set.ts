import type { Variant } from '@asterism/contracts';

/** Values of one register. */
export interface MeasuredRegister {
  /** Where a policy compares it, such as `tpm.pcrs.4`, `snp.measurement` or `tdx.mrTd`. */
  readonly register: string;
  /** Lower-case hexadecimal. */
  readonly digests: readonly string[];
  /** The file's author does not want it enforced. */
  readonly warnOnly: boolean;
}

/** What one kind of machine measures when it boots an image. */
export interface MeasurementSet {
  /** Tells sets of one variant apart, such as the cloud; null where the file names none. */
  readonly name: string | null;
  readonly variants: readonly Variant[];
  /** Bank of the registers under `tpm`; null where there is none. */
  readonly bank: 'sha256' | 'sha384' | null;
  readonly registers: readonly MeasuredRegister[];
}

export interface MeasurementFile {
  /** The image, as the file calls it. */
  readonly image: string;
  readonly sets: readonly MeasurementSet[];
}
