/** Formats of `asterism appraise`; what each is made of is known to `apps/cli/src/appraise` only. */
export const FORMAT_NAMES = [
  'snp-report',
  'tdx-quote',
  'tpm-quote',
  'azure-hcl',
  'nitro-tpm-document',
  'constellation',
  'envelope',
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export const APPRAISE_HELP = `
formats, their parts, and what --nonce is compared with:
  snp-report          SEV-SNP report of 1184 bytes, or with the host's certificate table behind it
                      parts: vcek, vlek, certificates        nonce: start of the report data, zeros behind
  tdx-quote           TDX quote v4 or v5                     nonce: as above
  tpm-quote           TPMS_ATTEST
                      parts: signature (TPMT_SIGNATURE or bare), ak (TPMT_PUBLIC, SPKI in DER or PEM), ak-cert,
                      pcrs ({bank: {index: hex}} or {bank: [hex]}), event-log
                                                             nonce: the quote's qualifying data
  azure-hcl           HCL report of Azure's vTPM, for SEV-SNP and TDX
                      parts: quote, signature, pcrs, td-quote, ak-cert, event-log
                                                             nonce: the quote's qualifying data
  nitro-tpm-document  attestation document of a NitroTPM or a Nitro Enclave
                      parts: quote, signature, pcrs          nonce: the document's
  constellation       attestation document of a Constellation node (JSON)
                      parts: ak, where the cloud does not prove it
                                                             nonce: as the verifier sent it
  envelope            our envelope, or a document of the API that holds one
                                                             nonce: the 32 bytes of the binding

Without --policy only genuineness is judged: a debuggable guest and any TDX status but UpToDate are refused. What
cannot be decided without collateral is undecided, and the finding names what is missing. Outcomes and exit codes:
genuine or accepted 0, refused 1, undecided 2.`;
