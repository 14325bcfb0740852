import { SSH_AUTHORITY_KINDS, SSH_GRANT_STATES } from '@asterism/contracts';
import { Argument, Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { toSeconds } from '../ssh/duration.ts';
import { collect, toCount, toHexOf } from './arguments.ts';

const clusterOption = (): Option => new Option('--cluster <name>', 'cluster by name or id');
const reasonOption = (): Option =>
  new Option('--reason <text>', 'kept in the audit log').makeOptionMandatory();
const ttlOption = (): Option =>
  new Option('--ttl <time>', 'how long: 90s, 10m, 8h; as the rules have it where absent').argParser(
    toSeconds,
  );
const sourceAddressOption = (): Option =>
  new Option('--source-address <cidr>', 'where it may be used from; may come several times').argParser(
    collect,
  );
const forceCommandOption = (): Option =>
  new Option('--force-command <command>', 'what it runs, whatever is asked for');
const yesOption = (): Option => new Option('--yes', 'do not ask');

/** Commands over SSH access to nodes. */
export function addAccessCommands(program: Command, bind: Bind): void {
  const access = program.command('access').description('who may log in to nodes by SSH, and who is there');
  addDeclared(access, bind);
  addGrants(access, bind);
  addCertificates(access, bind);
  addNodes(access, bind);
  addAuthorities(access, bind);
  addSsh(program, bind);
}

function addDeclared(group: Command, bind: Bind): void {
  const load = () => import('../access/declared.ts');
  const ofFile = (name: string): Command =>
    group
      .command(name)
      .addOption(new Option('-f, --file <file>', 'access.yaml, or JSON').makeOptionMandatory())
      .addOption(clusterOption());
  bind(
    group.command('show').description('what is declared, as `apply` takes it').addOption(clusterOption()),
    async () => (await load()).show,
  );
  bind(
    ofFile('plan').description('what a file would change; exit 1 where it would'),
    async () => (await load()).plan,
  );
  bind(
    ofFile('apply')
      .description('declare access as a file has it, after showing what changes')
      .addOption(yesOption()),
    async () => (await load()).apply,
  );
  bind(
    group.command('users').description('declared users').addOption(clusterOption()),
    async () => (await load()).users,
  );
  bind(
    group
      .command('remove-user')
      .description('remove a user: grants, certificates, sessions and accounts end')
      .argument('<user>')
      .addOption(clusterOption())
      .addOption(reasonOption()),
    async () => (await load()).removeUser,
  );
}

function addGrants(group: Command, bind: Bind): void {
  const load = () => import('../access/grants.ts');
  const one = (name: string): Command =>
    group.command(name).argument('<grant>', 'its id').addOption(clusterOption());
  bind(
    group
      .command('grants')
      .description('who was let in, as whom, where, how long and why')
      .addOption(clusterOption())
      .addOption(new Option('--state <state>', 'only these').choices(SSH_GRANT_STATES)),
    async () => (await load()).list,
  );
  bind(
    one('approve')
      .description('let somebody in who waits for a second person')
      .option('--reason <text>', 'kept in the audit log')
      .addOption(yesOption()),
    async () => (await load()).approve,
  );
  bind(one('deny').description('do not').addOption(reasonOption()), async () => (await load()).deny);
  bind(
    one('end').description('end a grant, its certificates and its sessions').addOption(reasonOption()),
    async () => (await load()).end,
  );
}

function addCertificates(group: Command, bind: Bind): void {
  const load = () => import('../access/grants.ts');
  bind(
    group
      .command('certificates')
      .description('what was signed')
      .addOption(clusterOption())
      .option('--grant <id>', 'only of this grant'),
    async () => (await load()).certificates,
  );
  bind(
    group
      .command('revoke-certificate')
      .description('revoke one certificate; its grant goes on')
      .addArgument(new Argument('<serial>').argParser(toCount(1, 999_999_999)))
      .addOption(clusterOption())
      .addOption(reasonOption()),
    async () => (await load()).revokeCertificate,
  );
  bind(
    group
      .command('revoke-key')
      .description('revoke a key for ever, whoever declares it')
      .argument('<key>', 'SHA256:… or the file of the public key')
      .addOption(clusterOption())
      .addOption(reasonOption()),
    async () => (await load()).revokeKey,
  );
  bind(
    group.command('revoked-keys').description('revoked keys').addOption(clusterOption()),
    async () => (await load()).revokedKeys,
  );
}

function addNodes(group: Command, bind: Bind): void {
  const load = () => import('../access/nodes.ts');
  bind(
    group
      .command('nodes')
      .description('what is in force on each node, and which are away')
      .addOption(clusterOption()),
    async () => (await load()).nodes,
  );
  bind(
    group
      .command('sessions')
      .description('who is and was logged in')
      .addOption(clusterOption())
      .option('--open', 'only who is there now')
      .option('--node <name>', 'only on this node'),
    async () => (await load()).sessions,
  );
}

function addAuthorities(group: Command, bind: Bind): void {
  const load = () => import('../access/authorities.ts');
  const kind = (): Argument => new Argument('<kind>').choices(SSH_AUTHORITY_KINDS);
  bind(
    group
      .command('authorities')
      .description('whose signatures nodes and clients take')
      .addOption(clusterOption()),
    async () => (await load()).authorities,
  );
  bind(
    group
      .command('rotate')
      .description('make the next version of an authority')
      .addArgument(kind())
      .addOption(clusterOption()),
    async () => (await load()).rotate,
  );
  bind(
    group
      .command('revoke-authority')
      .description('refuse whatever a version has signed, at once')
      .addArgument(kind())
      .addArgument(new Argument('<version>').argParser(toCount(1, 999_999_999)))
      .addOption(clusterOption())
      .addOption(new Option('--confirm <fingerprint>', 'its fingerprint').makeOptionMandatory())
      .addOption(reasonOption()),
    async () => (await load()).revoke,
  );
  bind(
    group
      .command('known-hosts')
      .description('what to know the nodes by: lines for a known_hosts file')
      .addOption(clusterOption())
      .option('--out <file>', 'where to write them')
      .option('--revoked-out <file>', 'where to write what is revoked, for RevokedHostKeys of ssh'),
    async () => (await load()).knownHosts,
  );
  bind(
    group
      .command('emergency-kit')
      .description('what `ssh-emergency` needs when the API is gone; nothing in it is secret')
      .addOption(clusterOption())
      .addOption(new Option('--out <file>', 'where to write it').makeOptionMandatory()),
    async () => (await load()).emergencyKit,
  );
}

function addSsh(program: Command, bind: Bind): void {
  bind(
    program
      .command('ssh')
      .description('log in to a node with a certificate made for it; exit code of ssh')
      .argument('<[user@]node>')
      .argument('[command...]', 'after --')
      .addOption(clusterOption())
      .option(
        '--identity <file>',
        'a private key, or the .pub of one in the agent; any of the agent where absent',
      )
      .addOption(ttlOption())
      .option('--reason <text>', 'kept in the audit log')
      .addOption(sourceAddressOption())
      .addOption(forceCommandOption())
      .option('--verify', "verify the node's evidence first, and take only the host key that it carries")
      .option('--policy <file>', 'what to verify under, with --verify')
      .addOption(
        new Option('--cluster-id <hex>', "the cluster's measured identity, with --verify").argParser(
          toHexOf(32),
        ),
      ),
    async () => (await import('../ssh/ssh.ts')).ssh,
  );
  bind(
    program
      .command('ssh-certificate')
      .description('make a certificate and do not connect')
      .addOption(clusterOption())
      .addOption(new Option('--public-key <file>', 'the key that is declared').makeOptionMandatory())
      .addOption(new Option('--principal <name>', 'account to log in as').makeOptionMandatory())
      .option('--node <name>', 'one node; every one that you may use where absent')
      .addOption(ttlOption())
      .option('--reason <text>', 'kept in the audit log')
      .addOption(sourceAddressOption())
      .addOption(forceCommandOption())
      .addOption(new Option('--out <file>', 'where to write it').makeOptionMandatory()),
    async () => (await import('../ssh/ssh-certificate.ts')).sshCertificate,
  );
}
