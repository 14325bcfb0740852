import { z } from 'zod';
import { commentSchema, idSchema, nameSchema, timestampSchema } from './primitives.ts';

/**
 * Accounts of a node that nobody declares: they are the system's, or mean something to a tool. `root` is none of them: it
 * is never made or changed, and may be a principal.
 */
const SYSTEM_ACCOUNTS: ReadonlySet<string> = new Set([
  ...['daemon', 'bin', 'sys', 'sync', 'games', 'man', 'lp', 'mail', 'news', 'uucp', 'proxy', 'www-data'],
  ...['backup', 'list', 'irc', 'gnats', 'nobody', 'sshd', 'messagebus', 'tss', 'polkitd', 'halt', 'shutdown'],
  ...['systemd-network', 'systemd-resolve', 'systemd-timesync', 'systemd-coredump', 'operator', 'adm'],
  ...['postgres', 'etcd', 'kube', 'containerd', 'docker', 'sudo', 'wheel', 'emergency', 'asterism', 'all'],
]);

const ACCOUNT = /^[a-z][a-z0-9_-]{0,31}$/;

/**
 * An account of a node, and the principal that a certificate for it carries: no comma, wildcard or blank can be in it (S31).
 * Narrower than useradd(8), which also takes a leading underscore.
 */
export const principalSchema = z
  .string()
  .regex(ACCOUNT, 'lower-case letters, digits, `_` and `-`, 1 to 32, starting with a letter')
  .refine((name) => !SYSTEM_ACCOUNTS.has(name), 'is an account of the system')
  .meta({ id: 'SshPrincipal', examples: ['deploy'] });

/** A person; also the name of the person's own account on nodes. Never `root`. */
export const accessUserNameSchema = principalSchema
  .refine((name) => name !== 'root', 'must not be root')
  .meta({ id: 'AccessUserName', examples: ['alice'] });

/** One line as in `authorized_keys`, without options: `type base64 [comment]`. What it holds is checked by the API. */
export const sshPublicKeySchema = z
  .string()
  .max(8_192)
  .regex(/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: [\x20-\x7e]{0,200})?$/, 'one line: `type base64 [comment]`')
  .meta({
    id: 'SshPublicKey',
    description: 'OpenSSH public key in one line, without options',
    examples: [
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInxWvMFgZWF3BDszG02MRpOijyhNdUefQzOtdErQdgY alice@laptop',
    ],
  });

/** As `ssh-keygen -l` shows it. */
export const sshFingerprintSchema = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, '`SHA256:` and 43 characters of base64')
  .meta({
    description: 'SHA-256 of the public key, as `ssh-keygen -l` shows it',
    examples: ['SHA256:39LJLsdiXamikBqq3t0RxTGilW2hY09DK03g7pZfbmE'],
  });

/** A command of sudoers(5): an absolute path and its arguments. No character that sudoers gives a meaning to. */
export const sudoCommandSchema = z
  .string()
  .max(300)
  .regex(
    /^(?:\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)+(?: [A-Za-z0-9._/@+-]+)*$/,
    'an absolute path and arguments of letters, digits and `._/@+-`',
  )
  .meta({ id: 'SudoCommand', examples: ['/usr/bin/systemctl restart containerd'] });

/** What a person may do as root, from the person's own account, without a password. */
export const sudoRuleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({
      kind: z.literal('commands'),
      commands: z
        .array(sudoCommandSchema)
        .min(1)
        .max(50)
        .meta({ description: 'exactly these, with exactly these arguments; without arguments: any' }),
    }),
    z.strictObject({ kind: z.literal('all') }),
  ])
  .meta({ id: 'SudoRule' });
export type SudoRule = z.infer<typeof sudoRuleSchema>;

export const accessUserSchema = z
  .strictObject({
    name: accessUserNameSchema,
    comment: commentSchema,
    publicKeys: z.array(sshPublicKeySchema).min(1).max(20),
    principals: z
      .array(principalSchema)
      .min(1)
      .max(20)
      .meta({ description: 'accounts that the user may log in to; all but `root` are made on the nodes' }),
    sudo: sudoRuleSchema,
    pools: z
      .union([z.literal('all'), z.array(nameSchema).min(1).max(100)])
      .meta({ description: 'nodes of which pools' }),
    expiresAt: timestampSchema.nullable().meta({ description: 'null: until somebody removes the user' }),
  })
  .meta({ id: 'AccessUser' });
export type AccessUser = z.infer<typeof accessUserSchema>;

const seconds = (least: number, most: number) => z.number().int().min(least).max(most);

/** Rules of one cluster. All are stated: what is left out is an error, never "not checked" (S04). */
export const accessPolicySchema = z
  .strictObject({
    authority: z
      .enum(['ed25519', 'ecdsa-p256'])
      .meta({ description: 'algorithm of authorities from the next rotation on' }),
    certificateSeconds: z
      .strictObject({ default: seconds(60, 86_400), longest: seconds(60, 86_400) })
      .meta({ description: 'how long a certificate lets in' }),
    grantSeconds: seconds(60, 604_800).meta({
      description: 'how long a grant may last; certificates of it can be made again until then',
    }),
    sessions: z.enum(['end-with-grant', 'until-logout']).meta({
      description: 'of a grant whose time is over; those of a grant that was ended are closed always',
    }),
    reason: z.enum(['required', 'optional']),
    sourceAddresses: z
      .enum(['required', 'optional'])
      .meta({ description: 'whether a request has to say where from' }),
    approval: z
      .array(principalSchema)
      .max(50)
      .meta({ description: 'principals that a second person has to approve' }),
    offlineSeconds: seconds(60, 2_592_000).meta({
      description: 'how long a node that hears nothing goes on; then it takes emergency certificates only',
    }),
    hostCertificateSeconds: seconds(3_600, 2_592_000),
  })
  .refine(({ certificateSeconds: { default: usual, longest } }) => usual <= longest, {
    message: 'default is longer than longest',
    path: ['certificateSeconds'],
  })
  .meta({ id: 'AccessPolicy' });
export type AccessPolicy = z.infer<typeof accessPolicySchema>;

/** What a cluster has until somebody says otherwise: nobody in, short, with a reason, root by two. */
export const DEFAULT_ACCESS_POLICY: AccessPolicy = {
  authority: 'ed25519',
  certificateSeconds: { default: 900, longest: 28_800 },
  grantSeconds: 28_800,
  sessions: 'end-with-grant',
  reason: 'required',
  sourceAddresses: 'optional',
  approval: ['root'],
  offlineSeconds: 86_400,
  hostCertificateSeconds: 86_400,
};

export const MAX_ACCESS_USERS = 2_000;

/** The whole of a cluster's declared access, as `access.yaml` has it. */
export const accessDocumentSchema = z
  .strictObject({
    schema: z.literal('asterism/access/v1'),
    policy: accessPolicySchema,
    users: z.array(accessUserSchema).max(MAX_ACCESS_USERS),
  })
  .meta({ id: 'AccessDocument' });
export type AccessDocument = z.infer<typeof accessDocumentSchema>;

export const accessSchema = z
  .strictObject({
    clusterId: idSchema,
    revision: z
      .number()
      .int()
      .meta({ description: 'counts every change that concerns nodes; also the ETag' }),
    policy: accessPolicySchema,
    users: z.array(accessUserSchema).meta({ description: 'by name' }),
    updatedAt: timestampSchema,
    updatedBy: z.string(),
  })
  .meta({ id: 'Access' });
export type Access = z.infer<typeof accessSchema>;

/** What a document would change. Nothing is changed by asking. */
export const accessPlanSchema = z
  .strictObject({
    revision: z.number().int().meta({ description: 'that it was compared with: `If-Match` of applying it' }),
    changes: z.array(
      z.strictObject({
        kind: z.enum(['add', 'change', 'remove']),
        subject: z.enum(['policy', 'user']),
        name: z.string().meta({ description: 'of the user, or of the policy’s field' }),
        fields: z.array(z.strictObject({ field: z.string(), before: z.unknown(), after: z.unknown() })),
      }),
    ),
    endedGrants: z.number().int().meta({ description: 'grants that applying it would end' }),
  })
  .meta({ id: 'AccessPlan' });
export type AccessPlan = z.infer<typeof accessPlanSchema>;

export const accessReasonSchema = z
  .strictObject({ reason: z.string().min(1).max(500) })
  .meta({ id: 'AccessReason' });
export type AccessReason = z.infer<typeof accessReasonSchema>;
