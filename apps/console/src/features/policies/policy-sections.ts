import type {
  Measurement,
  NitroTpmPolicy,
  PolicyDocument,
  SnpPolicy,
  SnpTcb,
  TdxPolicy,
} from '@asterism/contracts';

/** A value in words; `any` is a decision, and told apart. */
export interface PolicyFact {
  readonly term: string;
  readonly value: { readonly any: true } | { readonly texts: readonly string[] };
}

export interface RegisterRow {
  readonly register: string;
  readonly measurement: Measurement;
}

/** What a policy asks of one part of the evidence. */
export interface PolicySection {
  readonly title: string;
  readonly facts: readonly PolicyFact[];
  readonly registers: readonly RegisterRow[];
}

type QuotedPolicy = Extract<PolicyDocument, { tpm: object }>['tpm'];

/** A stored document has its members in no order that means anything. */
const TCB_KINDS = ['reported', 'committed', 'launch'] as const;
const TCB_PARTS = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const;

/** Every field of a policy, part by part, for people. */
export function sectionsOf(document: PolicyDocument): readonly PolicySection[] {
  return [
    { title: 'Pool', facts: poolFacts(document), registers: [] },
    ...('tpm' in document ? [quotedSection(document.tpm)] : []),
    ...('nitroTpm' in document ? [nitroSection(document.nitroTpm)] : []),
    ...('snp' in document ? [snpSection(document.snp)] : []),
    ...('tdx' in document ? [tdxSection(document.tdx)] : []),
  ];
}

function poolFacts(document: PolicyDocument): readonly PolicyFact[] {
  const age = document.maximumCollateralAge;
  return [
    fact('Approval', document.approval),
    fact('Appraised again', `every ${document.reattestationInterval} s`),
    fact('Collateral at most', age === 'any' ? 'any' : `${age} s old`),
    ...('machines' in document ? [fact('Machines', named(document.machines))] : []),
  ];
}

function quotedSection(tpm: QuotedPolicy): PolicySection {
  const trust =
    'attestationKey' in tpm
      ? keyFacts(tpm.attestationKey)
      : [fact('Attestation key', 'vouched for by the hardware report')];
  return {
    title: `TPM, ${tpm.bank} bank`,
    facts: [...trust, fact('Event log', tpm.eventLog)],
    registers: pcrRows(tpm.pcrs),
  };
}

function keyFacts(
  key: Extract<QuotedPolicy, { attestationKey: object }>['attestationKey'],
): readonly PolicyFact[] {
  switch (key.trust) {
    case 'pinned':
      return [fact('Attestation keys', key.keys)];
    case 'certificate':
      return [fact('Certificate of', rootTexts(key.roots))];
    case 'endorsement-key':
      return [
        fact('Attestation key', 'proved by credential activation against the endorsement key'),
        fact('Endorsed by', key.roots === 'any' ? 'any' : rootTexts(key.roots)),
        fact('Endorsement keys', named(key.allow)),
      ];
  }
}

function nitroSection({ pcrs }: NitroTpmPolicy): PolicySection {
  return { title: 'NitroTPM document, sha384 bank', facts: [], registers: pcrRows(pcrs) };
}

function snpSection(snp: SnpPolicy): PolicySection {
  const { products, chips, guestPolicy, platformInfo, mitigations, vmpl } = snp;
  return {
    title: 'SEV-SNP report',
    facts: [
      ...products.map(({ product, minimumTcb }) =>
        fact(
          product,
          TCB_KINDS.map((kind) => `${kind} TCB: ${boundsOf(minimumTcb[kind])}`),
        ),
      ),
      fact('Signing key', snp.signingKey),
      fact('Revocation list', snp.revocation),
      fact('Provisional firmware', snp.provisionalFirmware),
      fact('Privilege level', vmpl === 'any' ? 'any' : vmpl.map((level) => `VMPL ${level}`)),
      fact('Guest policy', flagsOf(guestPolicy)),
      fact('Platform', flagsOf(platformInfo)),
      fact('Mitigations', mitigations === 'any' ? 'any' : flagsOf(mitigations)),
      fact('Chips', named(chips.allow)),
      fact('Chips refused', chips.deny.length === 0 ? 'none' : chips.deny),
    ],
    registers: [
      { register: 'launch measurement', measurement: snp.measurement },
      { register: 'host data', measurement: snp.hostData },
      { register: 'ID key digest', measurement: snp.idKeyDigest },
      { register: 'author key digest', measurement: snp.authorKeyDigest },
    ],
  };
}

function tdxSection(tdx: TdxPolicy): PolicySection {
  const { module, platforms, tcbStatus } = tdx;
  const exceptions = tcbStatus.exceptions.map(
    ({ status, advisories, until, comment }) =>
      `${status} with ${advisories.join(', ') || 'no advisory'} until ${until}: ${comment}`,
  );
  return {
    title: 'TDX quote',
    facts: [
      fact('TCB status', ['UpToDate', ...exceptions]),
      fact('TCB evaluation from', numberOf(tdx.minimumTcbEvaluationDataNumber)),
      fact('Module version from', numberOf(module.minimumSvn)),
      fact('Attributes', tdx.tdAttributes),
      fact('XFAM', tdx.xfam),
      fact('Event log', tdx.eventLog),
      fact('Platforms', named(platforms.allow)),
      fact('Platforms refused', platforms.deny.length === 0 ? 'none' : platforms.deny),
    ],
    registers: [
      { register: 'MRTD', measurement: tdx.mrTd },
      { register: 'RTMR 0', measurement: tdx.rtmr0 },
      { register: 'RTMR 1', measurement: tdx.rtmr1 },
      { register: 'RTMR 2', measurement: tdx.rtmr2 },
      { register: 'RTMR 3', measurement: tdx.rtmr3 },
      { register: 'MRSEAM', measurement: module.mrSeam },
      { register: 'MRCONFIGID', measurement: tdx.mrConfigId },
      { register: 'MROWNER', measurement: tdx.mrOwner },
      { register: 'MROWNERCONFIG', measurement: tdx.mrOwnerConfig },
    ],
  };
}

function pcrRows(pcrs: Readonly<Record<string, Measurement>>): readonly RegisterRow[] {
  return Object.entries(pcrs)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([pcr, measurement]) => ({ register: `PCR ${pcr}`, measurement }));
}

function fact(term: string, value: string | readonly string[]): PolicyFact {
  if (value === 'any') return { term, value: { any: true } };
  return { term, value: { texts: typeof value === 'string' ? [value] : value } };
}

/** Long lists are counted: the document beside it has them in full. */
function named(list: 'any' | readonly string[]): string {
  return list === 'any' ? 'any' : `${list.length} named`;
}

function numberOf(value: 'any' | number): string {
  return value === 'any' ? 'any' : String(value);
}

function rootTexts(
  roots: readonly { readonly name: string; readonly spkiSha256: string }[],
): readonly string[] {
  return roots.map(({ name, spkiSha256 }) => `${name} (${spkiSha256.slice(0, 16)}…)`);
}

function boundsOf(tcb: 'any' | SnpTcb): string {
  return tcb === 'any' ? 'any' : TCB_PARTS.map((part) => `${part} ≥ ${tcb[part]}`).join(', ');
}

/** Bits in words, those that do not matter together at the end. */
function flagsOf(flags: Readonly<Record<string, unknown>>): readonly string[] {
  const entries = Object.entries(flags);
  const wanted = entries
    .filter(([, value]) => value !== 'any')
    .map(([name, value]) => `${name}: ${toText(value)}`);
  const free = entries.filter(([, value]) => value === 'any').map(([name]) => name);
  return [...wanted, ...(free.length === 0 ? [] : [`any: ${free.join(', ')}`])];
}

function toText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).join('.');
}
