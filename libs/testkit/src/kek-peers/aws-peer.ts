import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FaultyProxy, httpAnswer } from './faulty-proxy.ts';
import type { KekPeer } from './kek-peer.ts';
import type { MirrorPeer } from './mirror-peer.ts';
import { peerEnvironment } from './peer-environment.ts';
import { PeerProcess } from './peer-process.ts';

interface Credential {
  readonly id: string;
  readonly secret: string;
}

interface Started {
  readonly port: number;
  readonly keys: readonly [string, string];
  readonly user: Credential;
  readonly denied: Credential;
  readonly role: string;
}

const JSON_TYPE = { 'Content-Type': 'application/x-amz-json-1.1' };
const XML_TYPE = { 'Content-Type': 'application/xml', 'Retry-After': '1' };

/** The same faults, in the words of KMS and of S3. */
const KMS_FAULTS = {
  broken: httpAnswer(500, JSON_TYPE, '{"__type":"KMSInternalException"}'),
  throttled: httpAnswer(400, { ...JSON_TYPE, 'Retry-After': '1' }, '{"__type":"ThrottlingException"}'),
  garbage: httpAnswer(200, JSON_TYPE, '<html>hello'),
  empty: httpAnswer(200, JSON_TYPE, '{}'),
};
const S3_FAULTS = {
  broken: httpAnswer(500, XML_TYPE, '<Error><Code>InternalError</Code></Error>'),
  throttled: httpAnswer(503, XML_TYPE, '<Error><Code>SlowDown</Code></Error>'),
  garbage: httpAnswer(200, XML_TYPE, '{"hello":'),
  empty: httpAnswer(200, XML_TYPE, ''),
};

export interface AwsPeer extends KekPeer, MirrorPeer {
  /** Section of a provider with the web identity of a Kubernetes service account. */
  readonly webIdentity: unknown;
}

/** moto's server (PyPI): AWS KMS, S3, IAM and STS, with signatures and policies checked. */
export async function startAwsPeer(): Promise<AwsPeer> {
  const environment = await peerEnvironment('cloud-peers');
  const process = new PeerProcess({
    command: join(environment, 'bin/python3'),
    args: [resolve(import.meta.dirname, 'aws_peer.py')],
  });
  const folder = await mkdtemp(join(tmpdir(), 'asterism-aws-'));
  const { port, keys, user, denied, role } = (await process.next()) as unknown as Started;
  const kms = await FaultyProxy.start({ upstream: port, canned: KMS_FAULTS });
  const s3 = await FaultyProxy.start({ upstream: port, canned: S3_FAULTS });
  const credentials = async (name: string, { id, secret }: Credential) => {
    const file = join(folder, name);
    await writeFile(file, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`, {
      mode: 0o600,
    });
    return { source: 'file', file };
  };
  const [key, otherKey] = keys;
  const own = await credentials('own', user);
  const usual = { kind: 'awskms', key, endpoint: kms.origin, credentials: own };
  const bucket = {
    kind: 's3',
    bucket: 'asterism-mirror',
    region: 'eu-central-1',
    prefix: 'keys/',
    pathStyle: true,
  };
  const mirror = { ...bucket, endpoint: s3.origin, credentials: own };
  const others = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'e30.e30.c2lnbmF0dXJl');
  const unprivileged = await credentials('denied', denied);
  return {
    sections: {
      usual,
      otherKey: { ...usual, key: otherKey },
      unknownKey: { ...usual, key: `${key.slice(0, -36)}00000000-0000-4000-8000-000000000000` },
      denied: { ...usual, credentials: unprivileged },
      stranger: { ...usual, credentials: await credentials('stranger', others) },
      elsewhere: { ...usual, region: 'us-east-1' },
    },
    mirrors: {
      usual: mirror,
      unknown: { ...mirror, bucket: 'no-such-bucket' },
      denied: { ...mirror, credentials: unprivileged },
    },
    webIdentity: { ...usual, credentials: { source: 'web-identity', role, tokenFile, endpoint: kms.origin } },
    secrets: [user.secret, denied.secret, others.secret],
    rotate: async () => undefined,
    disable: async () => void (await process.ask({ do: 'enabled', value: false })),
    enable: async () => void (await process.ask({ do: 'enabled', value: true })),
    fault: async (fault) => {
      await Promise.all([kms.fault(fault), s3.fault(fault)]);
    },
    stop: async () => {
      await Promise.all([kms.stop(), s3.stop(), process.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
