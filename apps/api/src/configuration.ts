import { z } from 'zod';

/** `host:port`, IPv6 in brackets; port 0 is any free one. */
const listenSchema = z.string().transform((text, context) => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    context.addIssue({ code: 'custom', message: 'is not host:port' });
    return z.NEVER;
  }
  return { host, port };
});

const absolutePath = z.string().regex(/^\//, 'is not an absolute path');

/** Whether the numbers of a list are PCRs, none of them twice. */
function isSelection(text: string): boolean {
  const pcrs = text.split(',').map(Number);
  return pcrs.every((pcr) => pcr <= 23) && new Set(pcrs).size === pcrs.length;
}

const SEALS = [
  { form: /^tpm$/, read: () => ({ kind: 'tpm', pcrs: [7] }) as const },
  {
    form: /^tpm:(\d{1,2}(?:,\d{1,2})*)$/,
    read: (list: string) => ({ kind: 'tpm', pcrs: list.split(',').map(Number) }) as const,
  },
  {
    form: /^kek:([a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)$/,
    read: (provider: string) => ({ kind: 'kek', provider }) as const,
  },
  { form: /^key-file:(\/.+)$/, read: (path: string) => ({ kind: 'key-file', path }) as const },
];

const sealSchema = z.string().transform((text, context) => {
  for (const { form, read } of SEALS) {
    const [matched, value = ''] = form.exec(text) ?? [];
    if (matched === undefined || (text.startsWith('tpm:') && !isSelection(value))) continue;
    return read(value);
  }
  context.addIssue({
    code: 'custom',
    message: 'is none of `tpm`, `tpm:7,11` (PCRs), `kek:<provider>` and `key-file:/absolute/path`',
  });
  return z.NEVER;
});

const tpmSchema = z
  .string()
  .regex(
    /^(?:unix:\/.+|device:\/.+|tcp:[^\s:]+:\d{1,5})$/,
    'is not unix:/path, device:/path or tcp:host:port',
  );

const httpUrl = z.url({ protocol: /^https?$/ });

const variables = z
  .object({
    ASTERISM_DATA: absolutePath,
    DATABASE_URL: z
      .string()
      .regex(/^postgres(?:ql)?:\/\//, 'is not a postgres:// address')
      .optional(),
    ASTERISM_OPERATOR_LISTEN: listenSchema.default({ host: '127.0.0.1', port: 7443 }),
    ASTERISM_NODE_LISTEN: listenSchema.default({ host: '127.0.0.1', port: 7444 }),
    ASTERISM_TLS_CERTIFICATE: absolutePath,
    ASTERISM_TLS_KEY: absolutePath,
    ASTERISM_TPM: tpmSchema.optional(),
    ASTERISM_EVENT_LOG: absolutePath.optional(),
    ASTERISM_IDENTITY_KEY: absolutePath.optional(),
    ASTERISM_SEAL: sealSchema,
    ASTERISM_KEK_CONFIG: absolutePath.optional(),
    ASTERISM_ADMIN_TOKEN_FILE: absolutePath.optional(),
    ASTERISM_READY_FILE: absolutePath.optional(),
    ASTERISM_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
    ASTERISM_STOP_WITH_STDIN: z.enum(['0', '1']).default('0'),
    ASTERISM_COLLATERAL: z.enum(['online', 'offline']).default('online'),
    ASTERISM_AMD_KDS: httpUrl.optional(),
    ASTERISM_INTEL_PCS: httpUrl.optional(),
    ASTERISM_INTEL_TCB_UPDATE: z.enum(['standard', 'early']).default('standard'),
    HTTPS_PROXY: httpUrl.optional(),
    HTTP_PROXY: httpUrl.optional(),
    NO_PROXY: z.string().optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  })
  .superRefine((values, context) => {
    const missing = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (values.ASTERISM_TPM === undefined && values.ASTERISM_IDENTITY_KEY === undefined) {
      missing('ASTERISM_IDENTITY_KEY', 'or ASTERISM_TPM is required: nodes must be able to verify this API');
    }
    if (values.ASTERISM_SEAL.kind === 'tpm' && values.ASTERISM_TPM === undefined) {
      missing('ASTERISM_TPM', 'is required by ASTERISM_SEAL=tpm');
    }
    if (values.ASTERISM_SEAL.kind === 'kek' && values.ASTERISM_KEK_CONFIG === undefined) {
      missing('ASTERISM_KEK_CONFIG', 'is required by ASTERISM_SEAL=kek:<provider>');
    }
    if (values.ASTERISM_EVENT_LOG !== undefined && values.ASTERISM_TPM === undefined) {
      missing('ASTERISM_TPM', 'is required by ASTERISM_EVENT_LOG');
    }
  });

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** What keeps the API's KEK while no process does. */
export type SealConfiguration =
  | { readonly kind: 'tpm'; readonly pcrs: readonly number[] }
  /** Configured name of a KEK provider. */
  | { readonly kind: 'kek'; readonly provider: string }
  | { readonly kind: 'key-file'; readonly path: string };

/** Whom to ask for what vendors publish. */
export interface CollateralConfiguration {
  /** False: nobody; collateral is imported. */
  readonly online: boolean;
  /** Absent: AMD's own service. */
  readonly amdKds?: string | undefined;
  /** A PCCS; absent: Intel's own service. */
  readonly intelPcs?: string | undefined;
  readonly tcbUpdate: 'standard' | 'early';
  readonly proxy: {
    readonly https: string | undefined;
    readonly http: string | undefined;
    readonly none: string | undefined;
  };
}

export interface Configuration {
  /** The API's own folder: embedded database, attestation key. */
  readonly data: string;
  /** Absent: the embedded PostgreSQL. */
  readonly databaseUrl?: string | undefined;
  readonly operatorListen: Listen;
  readonly nodeListen: Listen;
  readonly tls: { readonly certificate: string; readonly key: string };
  /** Address of the API's own TPM. */
  readonly tpm?: string | undefined;
  /** TCG log of the API's machine. */
  readonly eventLog?: string | undefined;
  /** PEM file of the key that nodes may pin. */
  readonly identityKey?: string | undefined;
  readonly seal: SealConfiguration;
  /** File of KEK providers and mirrors (`asterism/kek/v1`). */
  readonly kekConfig?: string | undefined;
  readonly adminTokenFile?: string | undefined;
  readonly readyFile?: string | undefined;
  readonly logLevel: string;
  readonly stopWithStdin: boolean;
  readonly collateral: CollateralConfiguration;
  /** Absent: no tracing. */
  readonly otlpEndpoint?: string | undefined;
}

/** Names every variable that does not fit. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration-invalid';
}

/** @throws ConfigurationError */
export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  // An empty variable is one that was not set: shells and unit files cannot say the difference.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = variables.safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, code, message }) => {
      const missing = code === 'invalid_type' && given[String(path[0])] === undefined;
      return `${String(path[0])} ${missing ? 'is missing' : message}`;
    });
    throw new ConfigurationError(faults.join('; '));
  }
  const values = result.data;
  return {
    data: values.ASTERISM_DATA,
    databaseUrl: values.DATABASE_URL,
    operatorListen: values.ASTERISM_OPERATOR_LISTEN,
    nodeListen: values.ASTERISM_NODE_LISTEN,
    tls: { certificate: values.ASTERISM_TLS_CERTIFICATE, key: values.ASTERISM_TLS_KEY },
    tpm: values.ASTERISM_TPM,
    eventLog: values.ASTERISM_EVENT_LOG,
    identityKey: values.ASTERISM_IDENTITY_KEY,
    seal: values.ASTERISM_SEAL,
    kekConfig: values.ASTERISM_KEK_CONFIG,
    adminTokenFile: values.ASTERISM_ADMIN_TOKEN_FILE,
    readyFile: values.ASTERISM_READY_FILE,
    logLevel: values.ASTERISM_LOG_LEVEL,
    stopWithStdin: values.ASTERISM_STOP_WITH_STDIN === '1',
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    collateral: {
      online: values.ASTERISM_COLLATERAL === 'online',
      amdKds: values.ASTERISM_AMD_KDS,
      intelPcs: values.ASTERISM_INTEL_PCS,
      tcbUpdate: values.ASTERISM_INTEL_TCB_UPDATE,
      proxy: { https: values.HTTPS_PROXY, http: values.HTTP_PROXY, none: values.NO_PROXY },
    },
  };
}
