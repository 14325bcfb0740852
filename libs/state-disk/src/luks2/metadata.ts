import { z } from 'zod';
import { StateDiskError } from '../errors.ts';
import { HEADER_SIZE, JSON_SIZE } from './binary-header.ts';

/**
 * The whitelist. Everything that a header may say, and nothing else: LUKS2 §3, as cryptsetup 2.6 writes it for us and as
 * Constellation's disk mapper wrote it. What is not listed (reencryption, requirements, flags, other ciphers) is refused.
 */
const number = z.string().regex(/^(?:0|[1-9][0-9]{0,14})$/);
/** §3: 0 to 31, each with one spelling. */
const slotName = z.string().regex(/^(?:[0-9]|[12][0-9]|3[01])$/);
const base64 = z.base64().min(24).max(128);

const pbkdf2 = z.strictObject({
  type: z.literal('pbkdf2'),
  hash: z.literal('sha256'),
  // cryptsetup takes no less than 1000; a million more would only be somebody's way to make opening slow.
  iterations: z.number().int().min(1_000).max(10_000_000),
  salt: base64,
});
const argon2id = z.strictObject({
  type: z.literal('argon2id'),
  time: z.number().int().min(1).max(64),
  memory: z.number().int().min(32).max(1_048_576),
  cpus: z.number().int().min(1).max(8),
  salt: base64,
});

const keyslot = z.strictObject({
  type: z.literal('luks2'),
  key_size: z.literal([64, 96]),
  af: z.strictObject({ type: z.literal('luks1'), stripes: z.literal(4000), hash: z.literal('sha256') }),
  area: z.strictObject({
    type: z.literal('raw'),
    offset: number,
    size: number,
    encryption: z.literal('aes-xts-plain64'),
    key_size: z.literal(64),
  }),
  kdf: z.discriminatedUnion('type', [pbkdf2, argon2id]),
  priority: z.literal([0, 1, 2]).optional(),
});

const segment = z.strictObject({
  type: z.literal('crypt'),
  offset: number,
  size: z.literal('dynamic'),
  iv_tweak: z.literal('0'),
  encryption: z.literal('aes-xts-plain64'),
  sector_size: z.literal(4096),
  integrity: z
    .strictObject({
      type: z.literal('hmac(sha256)'),
      journal_encryption: z.literal('none'),
      journal_integrity: z.literal('none'),
    })
    .optional(),
});

const volumeKeyDigest = z.strictObject({
  ...pbkdf2.shape,
  keyslots: z.array(slotName).max(32),
  segments: z.tuple([z.literal('0')]),
  digest: base64,
});

/** Of a token's own members, those of ours are read by `token.ts`; a foreign type is refused. */
const token = z
  .looseObject({
    type: z.literal(['asterism-state-disk', 'constellation-state-disk']),
    keyslots: z.array(slotName).max(32),
  })
  .readonly();

const metadataSchema = z.strictObject({
  keyslots: z.record(slotName, keyslot),
  tokens: z.record(slotName, token),
  segments: z.strictObject({ '0': segment }),
  digests: z.strictObject({ '0': volumeKeyDigest }),
  config: z.strictObject({ json_size: z.literal(String(JSON_SIZE)), keyslots_size: number }),
});

export type Metadata = z.infer<typeof metadataSchema>;
export type Token = z.infer<typeof token>;

/** First byte after both copies. */
const AREAS = 2 * HEADER_SIZE;
/** Where data begins at the latest: cryptsetup's default, which Constellation took. */
const MAX_DATA_OFFSET = 16 * 1024 * 1024;
const SECTOR = 4096;

export interface Whitelist {
  /** Whether the data has to be protected by HMAC-SHA256; a header that says otherwise is refused. */
  readonly integrity: boolean;
}

/** @throws StateDiskError `state-disk-header-malformed` (no JSON), `state-disk-header-refused` (not on the whitelist) */
export function parseMetadata(json: string, { integrity }: Whitelist): Metadata {
  const parsed = metadataSchema.safeParse(parseJson(json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  requireSizes(parsed.data);
  requireReferences(parsed.data);
  const { integrity: found } = parsed.data.segments['0'];
  if ((found !== undefined) !== integrity) {
    throw new StateDiskError('state-disk-header-refused', 'integrity protection of the data', {
      got: found?.type ?? 'none',
      want: integrity ? 'hmac(sha256)' : 'none',
    });
  }
  const keySize = integrity ? 96 : 64;
  for (const slot of Object.values(parsed.data.keyslots)) {
    if (slot.key_size !== keySize) throw refused(`a volume key of ${slot.key_size} bytes, want ${keySize}`);
  }
  return parsed.data;
}

export function dataOffset(metadata: Metadata): number {
  return Number(metadata.segments['0'].offset);
}

/** Areas lie behind the copies and before the data, and apart from each other. */
function requireSizes(metadata: Metadata): void {
  const keyslotsSize = Number(metadata.config.keyslots_size);
  const data = dataOffset(metadata);
  if (data > MAX_DATA_OFFSET || data % SECTOR !== 0) throw refused(`data at ${data}`);
  if (keyslotsSize % SECTOR !== 0 || AREAS + keyslotsSize > data)
    throw refused(`keyslots of ${keyslotsSize} bytes`);
  let end = AREAS;
  const areas = Object.values(metadata.keyslots)
    .map(({ key_size, area }) => ({ key_size, offset: Number(area.offset), size: Number(area.size) }))
    .sort((a, b) => a.offset - b.offset);
  for (const { key_size, offset, size } of areas) {
    if (offset < end || offset % SECTOR !== 0 || size % SECTOR !== 0 || size < key_size * 4000) {
      throw refused(`a keyslot area of ${size} bytes at ${offset}`);
    }
    end = offset + size;
  }
  if (end > AREAS + keyslotsSize) throw refused(`a keyslot area up to ${end}`);
}

/** Tokens and the digest name keyslots that there are. */
function requireReferences({ keyslots, tokens, digests }: Metadata): void {
  const named = [...digests['0'].keyslots, ...Object.values(tokens).flatMap((each) => each.keyslots)];
  for (const name of named) if (!Object.hasOwn(keyslots, name)) throw refused(`no keyslot ${name}`);
  for (const name of Object.keys(keyslots)) {
    if (!digests['0'].keyslots.includes(name)) throw refused(`keyslot ${name} has no digest`);
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new StateDiskError('state-disk-header-malformed', 'the LUKS header has no JSON in its area', {
      cause,
    });
  }
}

function refused(what: string): StateDiskError {
  return new StateDiskError('state-disk-header-refused', `the LUKS header is not on the whitelist: ${what}`);
}
