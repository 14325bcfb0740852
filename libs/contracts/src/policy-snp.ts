import { z } from 'zod';
import { measurementOf } from './policy-values.ts';
import { orAny } from './primitives.ts';

/** Lines of processors with a root key of their own. Bergamo and Siena belong to Genoa. */
export const SNP_PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const;

const svn = z.number().int().min(0).max(255);
/** Least security version of each part; `fmc` exists on Turin only and is 0 for the others. */
export const snpTcbSchema = z
  .strictObject({ fmc: svn, bootloader: svn, tee: svn, snp: svn, microcode: svn })
  .meta({ id: 'SnpTcb', description: 'least security version number of each part of the TCB' });
export type SnpTcb = z.infer<typeof snpTcbSchema>;

const minimumTcbSchema = orAny(snpTcbSchema);
const flag = orAny(z.boolean());
const chipIdSchema = z
  .string()
  .regex(/^[0-9a-f]{128}$/, '64 bytes, lower-case hexadecimal')
  .meta({ description: 'CHIP_ID as in the report: 64 bytes; on Turin 8 and zeros' });
const vectorSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/, '64 bits, lower-case hexadecimal, most significant first');

/** One product that the pool takes, with its own floor: numbers of one product say nothing of another's. */
const productSchema = z.strictObject({
  product: z.enum(SNP_PRODUCTS),
  minimumTcb: z
    .strictObject({ reported: minimumTcbSchema, committed: minimumTcbSchema, launch: minimumTcbSchema })
    .meta({ description: 'floors of the reported, committed and launch TCB (S13)' }),
});

/**
 * What a pool accepts of an SEV-SNP report, protocol §3. Debug is refused always and Milan unless it is named (S16), so
 * there is no field that would allow either by omission.
 */
export const snpPolicySchema = z
  .strictObject({
    products: z
      .array(productSchema)
      .min(1)
      .max(SNP_PRODUCTS.length)
      .refine((list) => new Set(list.map(({ product }) => product)).size === list.length, 'a product twice'),
    signingKey: orAny(z.enum(['VCEK', 'VLEK'])),
    revocation: z
      .enum(['required', 'any'])
      .meta({ description: "`required`: undecided without a fresh revocation list of AMD's" }),
    provisionalFirmware: z
      .enum(['refuse', 'any'])
      .meta({ description: '`refuse`: the current firmware must be the committed one (S13)' }),
    guestPolicy: z
      .strictObject({
        abiMinimum: orAny(z.strictObject({ major: svn, minor: svn })),
        smt: flag,
        migrateMa: flag,
        singleSocket: flag,
        cxlAllow: flag,
        memAes256Xts: flag,
        raplDis: flag,
        ciphertextHiding: flag,
        pageSwapDisable: flag,
      })
      .meta({ description: 'bits of the guest policy; debug is refused always' }),
    vmpl: orAny(z.array(z.number().int().min(0).max(3)).min(1).max(4)),
    measurement: measurementOf(48).meta({ description: 'launch measurement' }),
    hostData: measurementOf(32),
    idKeyDigest: measurementOf(48),
    authorKeyDigest: measurementOf(48),
    chips: z.strictObject({
      allow: orAny(z.array(chipIdSchema).min(1).max(10_000)),
      deny: z.array(chipIdSchema).max(10_000),
    }),
    platformInfo: z.strictObject({
      smtEn: flag,
      tsmeEn: flag,
      eccEn: flag,
      raplDis: flag,
      ciphertextHidingEn: flag,
      aliasCheckComplete: flag,
      tioEn: flag,
    }),
    mitigations: orAny(z.strictObject({ launch: orAny(vectorSchema), current: orAny(vectorSchema) })).meta({
      description: 'bits that must be set in the mitigation vectors; a report before version 5 has none',
    }),
  })
  .meta({ id: 'SnpPolicy' });
export type SnpPolicy = z.infer<typeof snpPolicySchema>;
