'use client';

import {
  createSshCertificate,
  readSshGrant,
  readSshKnownHosts,
  type IssuedSshCertificate,
  type NodeAccess,
  type SshGrant,
} from '@asterism/api-client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Download, Hourglass } from 'lucide-react';
import { Button } from '../../components/ui/button.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { DialogActions } from '../../components/ui/dialog.tsx';
import { Loaded } from '../../components/ui/loaded.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { ProblemNotice } from '../../components/ui/problem-notice.tsx';
import { nodeAccessQuery } from '../../data/access-queries.ts';
import { client, dataOf } from '../../data/client.ts';
import { topicKey } from '../../data/query-key.ts';
import { sshCommandOf } from './ssh-command.ts';

interface CertificateViewProps {
  readonly cluster: string;
  readonly grantId: string;
  readonly onClose: () => void;
}

/** Waits where a second person has to approve; then the certificate, and how to use it. */
export function CertificateView({ cluster, grantId, onClose }: CertificateViewProps) {
  const query = useQuery({
    queryKey: topicKey('access-grants', cluster, grantId),
    queryFn: () => dataOf(readSshGrant({ client, path: { cluster, grant: grantId } })),
  });
  return (
    <>
      <Loaded query={query} what="the grant" rows={2}>
        {(grant) =>
          grant.state === 'active' ? <Granted cluster={cluster} grant={grant} /> : <NotYet grant={grant} />
        }
      </Loaded>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
      </DialogActions>
    </>
  );
}

function NotYet({ grant: { state, decisionReason, endReason } }: { grant: SshGrant }) {
  if (state === 'waiting') {
    return (
      <p role="status" className="flex items-center gap-2">
        <Hourglass className="size-4 text-warn" aria-hidden />A second person has to approve it. This page
        goes on as soon as somebody does; you can also close it and come back.
      </p>
    );
  }
  return (
    <Notice kind="bad" title={`This grant is ${state}`}>
      {decisionReason ?? endReason ?? ''}
    </Notice>
  );
}

function Granted({ cluster, grant }: { cluster: string; grant: SshGrant }) {
  const { data: nodes = [] } = useQuery(nodeAccessQuery(cluster));
  const make = useMutation({
    mutationFn: async () => {
      const path = { cluster, grant: grant.id };
      const certificate = await dataOf(createSshCertificate({ client, path, body: {} }));
      return { certificate, hosts: await dataOf(readSshKnownHosts({ client, path: { cluster } })) };
    },
  });
  if (make.data === undefined) {
    return (
      <>
        <p>
          Granted: <strong>{grant.user}</strong> as <code className="font-mono">{grant.principal}</code>.
        </p>
        {make.error !== null && (
          <ProblemNotice className="mt-4" error={make.error} title="No certificate was made" />
        )}
        <div className="mt-4">
          <Button variant="primary" busy={make.isPending} onClick={() => make.mutate()}>
            Make the certificate
          </Button>
        </div>
      </>
    );
  }
  const { certificate, hosts } = make.data;
  return (
    <HowTo cluster={cluster} grant={grant} certificate={certificate} lines={hosts.lines} nodes={nodes} />
  );
}

interface HowToProps {
  readonly cluster: string;
  readonly grant: SshGrant;
  readonly certificate: IssuedSshCertificate;
  readonly lines: readonly string[];
  readonly nodes: readonly NodeAccess[];
}

function HowTo({ cluster, grant, certificate, lines, nodes }: HowToProps) {
  const node = nodes.find(({ node: { name } }) => name === grant.node?.name) ?? nodes[0];
  return (
    <>
      <Notice
        kind="ok"
        title={`Certificate ${certificate.serial} is good until ${certificate.validBefore}`}
      />
      <ol className="mt-4 list-decimal space-y-3 pl-5">
        <li>
          Put both beside your private key:
          <span className="mt-1 flex flex-wrap gap-2">
            <Save name="id-cert.pub" text={`${certificate.certificate}\n`} label="Certificate" />
            <Save name={`known_hosts_${cluster}`} text={`${lines.join('\n')}\n`} label="Known hosts" />
          </span>
        </li>
        <li>
          Log in, with the name of your private key in the place of{' '}
          <code className="font-mono text-xs">id</code>:
          <Copyable
            className="mt-1"
            label="the command"
            value={sshCommandOf({ cluster, account: grant.principal, node })}
          />
        </li>
      </ol>
    </>
  );
}

/** A file that is made on the page. */
function Save({ name, text, label }: { name: string; text: string; label: string }) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Button size="small" onClick={save}>
      <Download aria-hidden />
      {label}
    </Button>
  );
}
