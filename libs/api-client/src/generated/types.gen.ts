// Generated from openapi/operator.v1.json by `npm run contract`. Never edited.
// @ts-nocheck

export type ClientOptions = {
    baseUrl: 'https://127.0.0.1:7443' | (string & {});
};

export type AcceptRollback = {
    /**
     * of the older copy, as the node’s event shows it
     */
    epoch: number;
    /**
     * the disk’s id, typed again
     */
    confirm: string;
    reason: string;
};

export type Access = {
    /**
     * UUID
     */
    clusterId: string;
    /**
     * counts every change that concerns nodes; also the ETag
     */
    revision: number;
    policy: AccessPolicy;
    /**
     * by name
     */
    users: Array<AccessUser>;
    /**
     * RFC 3339, UTC
     */
    updatedAt: string;
    updatedBy: string;
};

export type AccessDocument = {
    schema: 'asterism/access/v1';
    policy: AccessPolicy;
    users: Array<AccessUser>;
};

export type AccessDrift = {
    path: string;
    kind: 'changed' | 'missing' | 'unexpected' | 'permissions' | 'account';
    /**
     * RFC 3339, UTC
     */
    at: string;
};

export type AccessPlan = {
    /**
     * that it was compared with: `If-Match` of applying it
     */
    revision: number;
    changes: Array<{
        kind: 'add' | 'change' | 'remove';
        subject: 'policy' | 'user';
        /**
         * of the user, or of the policy’s field
         */
        name: string;
        fields: Array<{
            field: string;
            before: unknown;
            after: unknown;
        }>;
    }>;
    /**
     * grants that applying it would end
     */
    endedGrants: number;
};

export type AccessPolicy = {
    /**
     * algorithm of authorities from the next rotation on
     */
    authority: 'ed25519' | 'ecdsa-p256';
    /**
     * how long a certificate lets in
     */
    certificateSeconds: {
        default: number;
        longest: number;
    };
    /**
     * how long a grant may last; certificates of it can be made again until then
     */
    grantSeconds: number;
    /**
     * of a grant whose time is over; those of a grant that was ended are closed always
     */
    sessions: 'end-with-grant' | 'until-logout';
    reason: 'required' | 'optional';
    /**
     * whether a request has to say where from
     */
    sourceAddresses: 'required' | 'optional';
    /**
     * principals that a second person has to approve
     */
    approval: Array<SshPrincipal>;
    /**
     * how long a node that hears nothing goes on; then it takes emergency certificates only
     */
    offlineSeconds: number;
    hostCertificateSeconds: number;
};

export type AccessReason = {
    reason: string;
};

export type AccessUser = {
    name: AccessUserName;
    comment: string;
    publicKeys: Array<SshPublicKey>;
    /**
     * accounts that the user may log in to; all but `root` are made on the nodes
     */
    principals: Array<SshPrincipal>;
    sudo: SudoRule;
    /**
     * nodes of which pools
     */
    pools: 'all' | Array<string>;
    /**
     * null: until somebody removes the user
     */
    expiresAt: string | null;
};

export type AccessUserName = SshPrincipal;

/**
 * TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET contents without their size prefix
 */
export type Activation = {
    /**
     * up to 512 bytes, base64url without padding
     */
    credentialBlob: string;
    /**
     * up to 1024 bytes, base64url without padding
     */
    secret: string;
};

export type Appraisal = {
    outcome: AppraisalOutcome;
    status: EarStatus;
    variant: Variant;
    claims: Array<Claim>;
    findings: Array<Finding>;
    trustworthiness: TrustworthinessVector;
    /**
     * UUID
     */
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * UUID
     */
    poolId: string;
    nodeId: string | null;
    trigger: AppraisalTrigger;
    policyVersion: number;
    /**
     * RFC 3339, UTC
     */
    appraisedAt: string;
};

export type AppraisalOutcome = 'accepted' | 'refused' | 'undecided';

export type AppraisalResult = {
    outcome: AppraisalOutcome;
    status: EarStatus;
    variant: Variant;
    claims: Array<Claim>;
    findings: Array<Finding>;
    trustworthiness: TrustworthinessVector;
};

export type AppraisalTrigger = 'connection' | 'enrolment' | 'lock' | 'interval' | 'operator' | 'policy-changed' | 'verification';

export type ApproveEnrolment = {
    identity: MachineIdentity;
    reason?: string;
};

export type ApproveSshGrant = {
    /**
     * of the key that was shown
     */
    fingerprint: string;
    reason?: string;
};

export type AttestationKeyPolicy = {
    trust: 'endorsement-key';
    roots: 'any' | Array<TrustAnchor>;
    /**
     * SHA-256 of the EK SubjectPublicKeyInfo
     */
    allow: 'any' | Array<string>;
} | {
    trust: 'certificate';
    roots: Array<TrustAnchor>;
} | {
    trust: 'pinned';
    keys: Array<string>;
};

export type AuditHead = {
    sequence: number;
    /**
     * SHA-256, lower-case hexadecimal
     */
    hash: string;
    /**
     * JWT (ES256) over `sequence` and `hash`; key in /.well-known/jwks.json
     */
    signature: string;
    /**
     * RFC 3339, UTC
     */
    signedAt: string;
};

export type AuditRecord = {
    sequence: number;
    /**
     * RFC 3339, UTC
     */
    at: string;
    clusterId: string | null;
    /**
     * `token:<id>`, `node:<id>`, `machine:<identity>` or `system`
     */
    actor: string;
    action: string;
    target: string;
    details: {
        [key: string]: unknown;
    };
    /**
     * SHA-256, lower-case hexadecimal
     */
    previous: string;
    /**
     * SHA-256, lower-case hexadecimal
     */
    hash: string;
};

export type AuditVerification = {
    intact: boolean;
    records: number;
    /**
     * sequence of the first record that does not fit
     */
    brokenAt: number | null;
    reason: string | null;
    head: AuditHead | null;
};

export type AwsNitroTpmPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'aws-nitro-tpm';
    nitroTpm: NitroTpmPolicy;
};

export type AwsSevSnpPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'aws-sev-snp';
    tpm: VouchedTpmPolicy;
    snp: SnpPolicy;
};

export type AzureSevSnpPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'azure-sev-snp';
    tpm: VouchedTpmPolicy;
    snp: SnpPolicy;
};

export type AzureTdxPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'azure-tdx';
    tpm: VouchedTpmPolicy;
    tdx: TdxPolicy;
};

export type AzureTrustedLaunchPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'azure-trusted-launch';
    tpm: CertifiedTpmPolicy;
};

export type CertifiedTpmPolicy = {
    bank: 'sha256' | 'sha384';
    /**
     * PCR index → expected values; exactly these and PCR 15 are quoted
     */
    pcrs: {
        [key: string]: Measurement;
    };
    /**
     * `required`: evidence without an event log is refused
     */
    eventLog: 'required' | 'any';
    attestationKey: {
        trust: 'certificate';
        roots: Array<TrustAnchor>;
    };
};

export type Claim = {
    claim: string;
    got: string | null;
    /**
     * accepted values; empty where any value is accepted
     */
    wanted: Array<string>;
    verdict: ClaimVerdict;
    /**
     * comment of the reference value that matched
     */
    comment?: string;
};

export type ClaimVerdict = 'match' | 'mismatch' | 'warning' | 'any' | 'undecided';

export type Cluster = {
    /**
     * UUID
     */
    id: string;
    /**
     * DNS label
     */
    name: string;
    description: string;
    kubernetesMode: KubernetesMode;
    keys: ClusterKeys;
    /**
     * the cluster’s measured identity (protocol §5), 32 bytes; its SHA-256 is extended into PCR 15
     */
    clusterId: string;
    state: 'created' | 'initialising' | 'ready';
    /**
     * node state → count
     */
    nodeCounts: {
        [key: string]: number;
    };
    revision: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type ClusterKeys = {
    mode: 'managed';
    scheme: 'asterism' | 'constellation';
} | {
    mode: 'external';
    scheme: 'asterism';
    /**
     * DNS label
     */
    provider: string;
};

export type CollateralBundle = {
    schema: 'asterism/collateral/v1';
    items: Array<CollateralItem>;
};

export type CollateralEntry = {
    kind: CollateralKind;
    /**
     * of which product, chip or platform
     */
    key: string;
    /**
     * name of whoever signed it
     */
    issuer: string;
    /**
     * RFC 3339, UTC
     */
    thisUpdate: string;
    /**
     * never used from here on
     */
    nextUpdate: string;
    /**
     * RFC 3339, UTC
     */
    fetchedAt: string;
    /**
     * host that answered
     */
    source: string;
    /**
     * SHA-256, lower-case hexadecimal
     */
    contentSha256: string;
};

/**
 * what was taken, and what was left out because it is expired, forged or malformed
 */
export type CollateralImport = {
    imported: Array<CollateralEntry>;
    refused: Array<{
        kind: CollateralKind;
        /**
         * of which product, chip or platform
         */
        key: string;
        code: string;
        message: string;
    }>;
};

export type CollateralItem = {
    kind: CollateralKind;
    /**
     * of which product, chip or platform
     */
    key: string;
    /**
     * RFC 3339, UTC
     */
    fetchedAt: string;
    /**
     * host that answered
     */
    source: string;
    /**
     * the vendor's answer as it came, base64url
     */
    content: string;
    /**
     * PEM of the issuers that did not come in the answer itself; null where they did
     */
    issuerChain: string | null;
};

export type CollateralKind = 'amd-chain' | 'amd-vcek' | 'amd-crl' | 'intel-tcb-info' | 'intel-qe-identity' | 'intel-pck-crl' | 'intel-root-crl';

export type CreateBackup = {
    /**
     * absent: the recipients of the platform’s recovery set
     */
    recipients?: Array<string>;
};

export type CreateCluster = {
    /**
     * DNS label
     */
    name: string;
    description?: string;
    kubernetesMode?: KubernetesMode;
    keys?: CreateClusterKeys;
};

export type CreateClusterKeys = {
    mode: 'managed';
    /**
     * take over the keys of a Constellation cluster
     */
    constellation?: {
        /**
         * `key` of constellation-mastersecret.json
         */
        masterSecret: string;
        /**
         * `salt` of the same file
         */
        salt: string;
        /**
         * `clusterValues.measurementSalt` of the state file, as base64
         */
        measurementSalt: string;
        /**
         * LUKS UUIDs of its volumes: these keep their old keys, and no others
         */
        volumes?: Array<string>;
    };
} | {
    mode: 'external';
    /**
     * DNS label
     */
    provider: string;
};

export type CreatePolicy = {
    document: PolicyDocument;
    comment?: string;
};

export type CreatePool = {
    /**
     * DNS label
     */
    name: string;
    description?: string;
    role: PoolRole;
    variant: Variant;
    stateDiskKdf?: StateDiskKdf;
};

export type CreateRecoverySet = {
    /**
     * how many shares recover
     */
    threshold: number;
    recipients: Array<RecoveryRecipient>;
    reason: string;
};

export type CreateRewrap = {
    /**
     * wraps every data key of the cluster from now on; its own name: under its newest KEK version
     */
    provider: string;
};

export type CreateSealSlot = {
    pcrs?: Array<number>;
    /**
     * PCR → value after the update; PCRs left out keep the value they have now
     */
    values?: {
        [key: string]: string;
    };
    comment: string;
};

export type CreateSshCertificate = {
    /**
     * absent: the policy’s default; never beyond the end of the grant
     */
    seconds?: number;
};

export type CreateSshGrant = {
    publicKey: SshPublicKey;
    principal: SshPrincipal;
    /**
     * one node; null: every node that the user may use
     */
    node?: string | string | null;
    /**
     * how long the grant lasts; absent: as long as one certificate
     */
    seconds?: number;
    reason?: string;
    /**
     * address or network in CIDR form
     */
    sourceAddresses?: Array<string | string | string | string>;
    forceCommand?: string | null;
};

export type CreateToken = {
    name: string;
    bindings: Array<RoleBinding>;
    /**
     * seconds
     */
    expiresIn: number;
};

export type CreatedRecoverySet = {
    set: RecoverySet;
    shares: Array<{
        index: number;
        name: string;
        recipient: string;
        /**
         * age file, armored; shown once and stored nowhere
         */
        encrypted: string;
    }>;
};

export type CreatedToken = {
    token: Token;
    /**
     * shown once
     */
    secret: string;
};

export type DataKeyPurpose = 'state-disk' | 'volume' | 'object-store';

export type DeclareKey = {
    purpose: MemberKeyPurpose;
    id: KeyId;
    owner: KeyOwner;
};

export type DeleteCluster = {
    /**
     * the cluster’s name, typed again
     */
    confirm: string;
};

export type DenyEnrolment = {
    reason: string;
};

export type DestroyKey = {
    /**
     * the key’s id, typed again
     */
    confirm: string;
    reason: string;
};

export type DryRun = {
    nodes: Array<{
        /**
         * UUID
         */
        nodeId: string;
        /**
         * DNS label
         */
        name: string;
        evidenceAt: string | null;
        current: 'accepted' | 'refused' | 'undecided' | null;
        /**
         * null where the node has no stored evidence
         */
        result: AppraisalResult | null;
    }>;
    summary: {
        accepted: number;
        refused: number;
        undecided: number;
        /**
         * accepted now, refused under this document
         */
        wouldBeLost: Array<string>;
    };
};

export type DryRunRequest = {
    document: PolicyDocument;
};

export type EarStatus = 'none' | 'affirming' | 'warning' | 'contraindicated';

export type EmergencyKit = {
    schema: 'asterism/emergency-kit/v1';
    cluster: {
        /**
         * UUID
         */
        id: string;
        /**
         * DNS label
         */
        name: string;
        /**
         * SHA-256, lower-case hexadecimal
         */
        clusterId: string;
    };
    scheme: 'asterism' | 'constellation';
    /**
     * of the derivation of keys
     */
    salt: string;
    /**
     * what the shares must give: another key is refused
     */
    authority: {
        version: number;
        algorithm: 'ed25519' | 'ecdsa-p256';
        publicKey: SshPublicKey;
    };
    knownHosts: Array<string>;
    nodes: Array<{
        /**
         * DNS label
         */
        name: string;
        addresses: Array<{
            host: string;
            port: number;
        }>;
    }>;
    /**
     * RFC 3339, UTC
     */
    madeAt: string;
};

export type Enrolment = {
    /**
     * UUID
     */
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * UUID
     */
    poolId: string;
    /**
     * DNS label
     */
    poolName: string;
    identity: MachineIdentity;
    kind: EnrolmentKind | null;
    state: EnrolmentState;
    waitReason: WaitReason | null;
    nodeId: string | null;
    /**
     * the appraisal this enrolment rests on, or was refused for
     */
    appraisal: AppraisalResult | null;
    decidedBy: string | null;
    decisionReason: string | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    updatedAt: string;
};

export type EnrolmentKind = 'initialise' | 'join' | 'rejoin';

export type EnrolmentState = 'waiting' | 'granted' | 'completed' | 'denied' | 'refused';

export type ErrorCode = 'request-invalid' | 'body-too-large' | 'body-too-deep' | 'media-type-unsupported' | 'cursor-invalid' | 'confirmation-mismatch' | 'policy-invalid' | 'measurements-invalid' | 'variant-unsupported' | 'idempotency-key-invalid' | 'recovery-share-malformed' | 'recipients-missing' | 'master-secret-invalid' | 'access-invalid' | 'ssh-public-key-invalid' | 'credentials-missing' | 'credentials-invalid' | 'credentials-expired' | 'permission-denied' | 'ssh-key-not-declared' | 'ssh-key-revoked' | 'ssh-principal-not-allowed' | 'ssh-node-not-allowed' | 'ssh-second-person' | 'access-user-expired' | 'route-unknown' | 'method-not-allowed' | 'cluster-unknown' | 'pool-unknown' | 'policy-unknown' | 'enrolment-unknown' | 'node-unknown' | 'token-unknown' | 'evidence-request-unknown' | 'key-unknown' | 'state-disk-unknown' | 'kek-provider-unknown' | 'rewrap-unknown' | 'seal-slot-unknown' | 'mirror-none' | 'access-user-unknown' | 'ssh-grant-unknown' | 'ssh-certificate-unknown' | 'ssh-authority-unknown' | 'cluster-exists' | 'cluster-not-empty' | 'pool-exists' | 'pool-not-empty' | 'policy-none-active' | 'enrolment-decided' | 'node-state-conflict' | 'node-offline' | 'key-exists' | 'key-state-conflict' | 'key-mode-conflict' | 'key-id-reserved' | 'rewrap-running' | 'rollback-none' | 'ssh-grant-conflict' | 'ssh-authority-conflict' | 'ssh-host-key-taken' | 'seal-slot-last' | 'seal-slot-unsupported' | 'not-sealed' | 'recovery-share-repeated' | 'idempotency-key-reused' | 'ssh-request-refused' | 'measurements-refused' | 'recovery-share-foreign' | 'recovery-share-superseded' | 'recovery-share-wrong' | 'recovery-secret-wrong' | 'precondition-missing' | 'precondition-failed' | 'attestation-required' | 'attestation-expired' | 'nonce-invalid' | 'evidence-invalid' | 'evidence-not-genuine' | 'evidence-refused' | 'evidence-undecided' | 'evidence-variant-wrong' | 'activation-required' | 'activation-failed' | 'identity-duplicate' | 'identity-changed' | 'node-locked' | 'node-not-locked' | 'node-quarantined' | 'node-revoked' | 'enrolment-denied' | 'state-disk-not-owned' | 'key-not-owned' | 'key-destroyed' | 'rate-limited' | 'overloaded' | 'database-unavailable' | 'sealed' | 'kek-undecided' | 'shutting-down' | 'timeout' | 'internal';

export type EventType = 'cluster.created' | 'cluster.updated' | 'cluster.deleted' | 'pool.created' | 'pool.updated' | 'policy.created' | 'policy.activated' | 'enrolment.waiting' | 'enrolment.granted' | 'enrolment.completed' | 'enrolment.denied' | 'enrolment.refused' | 'node.state' | 'node.appraised' | 'node.connected' | 'node.disconnected' | 'collateral.changed' | 'key.changed' | 'rewrap.progress' | 'state-disk.fault' | 'seal.changed' | 'recovery.progress' | 'recovery.issued' | 'access.changed' | 'access.grant' | 'access.node' | 'access.session' | 'access.authority';

/**
 * evidence in the shape of a RATS conceptual message wrapper
 */
export type Evidence = TpmEvidence | {
    variant: 'sev-snp';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 4096 bytes, base64url without padding
         */
        report: string;
        certificates?: Array<string>;
    };
} | {
    variant: 'tdx';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 16384 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 262144 bytes, base64url without padding
         */
        collateral?: string;
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
    };
} | {
    variant: 'azure-sev-snp';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 2048 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        signature: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        akPublic: string;
        /**
         * PCR index → value, of the quoted bank only
         */
        pcrs: {
            [key: string]: string;
        };
        /**
         * up to 8192 bytes, base64url without padding
         */
        hclReport: string;
        certificates?: Array<string>;
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
    };
} | {
    variant: 'azure-tdx';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 2048 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        signature: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        akPublic: string;
        /**
         * PCR index → value, of the quoted bank only
         */
        pcrs: {
            [key: string]: string;
        };
        /**
         * up to 8192 bytes, base64url without padding
         */
        hclReport: string;
        /**
         * up to 16384 bytes, base64url without padding
         */
        tdQuote: string;
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
    };
} | {
    variant: 'azure-trusted-launch';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 2048 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        signature: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        akPublic: string;
        /**
         * PCR index → value, of the quoted bank only
         */
        pcrs: {
            [key: string]: string;
        };
        akCertificates: Array<string>;
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
    };
} | {
    variant: 'gcp-sev-snp';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 2048 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        signature: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        akPublic: string;
        /**
         * PCR index → value, of the quoted bank only
         */
        pcrs: {
            [key: string]: string;
        };
        /**
         * up to 4096 bytes, base64url without padding
         */
        report: string;
        certificates?: Array<string>;
        akCertificates: Array<string>;
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
    };
} | {
    variant: 'gcp-sev-es';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 2048 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        signature: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        akPublic: string;
        /**
         * PCR index → value, of the quoted bank only
         */
        pcrs: {
            [key: string]: string;
        };
        akCertificates: Array<string>;
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
    };
} | {
    variant: 'aws-sev-snp';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 2048 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        signature: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        akPublic: string;
        /**
         * PCR index → value, of the quoted bank only
         */
        pcrs: {
            [key: string]: string;
        };
        /**
         * up to 4096 bytes, base64url without padding
         */
        report: string;
        certificates?: Array<string>;
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
    };
} | {
    variant: 'aws-nitro-tpm';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 16384 bytes, base64url without padding
         */
        document: string;
    };
};

export type Finding = {
    code: string;
    claim: string;
    got: string | null;
    wanted: Array<string>;
    message: string;
    /**
     * the event of the log that differs from what was expected
     */
    event?: string;
};

export type GcpSevEsPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'gcp-sev-es';
    tpm: CertifiedTpmPolicy;
};

export type GcpSevSnpPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'gcp-sev-snp';
    tpm: CertifiedTpmPolicy;
    snp: SnpPolicy;
};

export type ImportMeasurements = {
    document: PolicyDocument;
    /**
     * the file, byte for byte as it was signed, base64url without padding
     */
    measurements: string;
    signature: MeasurementSignature;
    /**
     * which set of the file, where several are of the policy’s variant
     */
    set?: string;
    /**
     * the values are accepted from here on
     */
    from?: string;
    /**
     * the values are accepted until here
     */
    until?: string;
};

export type ImportedMeasurements = {
    document: PolicyDocument;
    signature: {
        kind: 'identity';
        identity: string;
        issuer: string;
        /**
         * RFC 3339, UTC
         */
        signedAt: string;
        logIndex: string;
    } | {
        kind: 'key';
        /**
         * SHA-256, lower-case hexadecimal
         */
        spkiSha256: string;
        /**
         * null where no log vouches for a time
         */
        signedAt: string | null;
        logIndex: string | null;
    };
    added: Array<{
        register: string;
        values: Array<ReferenceValue>;
    }>;
    leftOut: Array<{
        register: string;
        reason: 'not-in-policy' | 'any' | 'other-bank' | 'warn-only' | 'lock' | 'already-there';
    }>;
};

export type IssuedSshCertificate = {
    /**
     * of this cluster, never twice
     */
    serial: number;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * UUID
     */
    grantId: string;
    user: AccessUserName;
    /**
     * as the certificate lists them
     */
    principals: Array<string>;
    /**
     * names the grant in every log of sshd
     */
    keyId: string;
    /**
     * SHA-256 of the public key, as `ssh-keygen -l` shows it
     */
    fingerprint: string;
    authorityVersion: number;
    /**
     * RFC 3339, UTC
     */
    validAfter: string;
    /**
     * RFC 3339, UTC
     */
    validBefore: string;
    issuedBy: string;
    revokedAt: string | null;
    revokedBy: string | null;
    revokeReason: string | null;
    /**
     * one line: the content of `id_…-cert.pub`
     */
    certificate: string;
};

export type Jwks = {
    keys: Array<{
        kty: 'EC';
        crv: 'P-256';
        x: string;
        y: string;
        kid: string;
        use: 'sig';
        alg: 'ES256';
    }>;
};

export type KekProvider = {
    /**
     * DNS label
     */
    name: string;
    kind: 'awskms' | 'azurekms' | 'gcpkms' | 'vault' | 'pkcs11' | 'kmip';
    /**
     * `failing`: it could not be asked; `code` says why
     */
    state: 'enabled' | 'disabled' | 'unknown' | 'failing';
    code: string | null;
    /**
     * clusters whose data keys it wraps
     */
    clusters: number;
};

export type KekProviders = {
    items: Array<KekProvider>;
};

export type Key = {
    purpose: KeyPurpose;
    id: string;
    owner: string;
    /**
     * the version that encrypts; null where the newest is retired or destroyed
     */
    current: number | null;
    versions: Array<KeyMetadata>;
};

export type KeyId = string;

export type KeyMetadata = {
    /**
     * UUID
     */
    clusterId: string;
    purpose: KeyPurpose;
    id: string;
    version: number;
    /**
     * `node:<id>`, `pool:<id>`, `cluster`, or `machine:<identity>` for a restored key of a disk whose node has not come back
     */
    owner: string;
    /**
     * retired: opens what it encrypted, and is the current version of nothing any more
     */
    state: 'active' | 'retired' | 'destroyed';
    useCount: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    lastUsedAt: string | null;
    /**
     * whose KEK wraps it; null where it is derived from the cluster’s root
     */
    provider: string | null;
};

export type KeyOwner = {
    kind: 'node';
    /**
     * UUID or name
     */
    node: string | string;
} | {
    kind: 'pool';
    /**
     * UUID or name
     */
    pool: string | string;
} | {
    kind: 'cluster';
};

export type KeyPurpose = 'state-disk' | 'volume' | 'object-store' | 'measurement' | 'ssh-user-ca' | 'ssh-host-ca' | 'cluster-ca' | 'result-signing';

export type KubernetesMode = 'none';

export type Live = {
    status: 'live';
};

/**
 * SHA-256 of EK, attestation key, chip or platform id, as the variant has it
 */
export type MachineIdentity = string;

export type Measurement = {
    mode: MeasurementMode;
    values: 'any' | Array<ReferenceValue>;
};

export type MeasurementMode = 'enforce' | 'warn';

export type MeasurementSignature = {
    kind: 'identity';
    /**
     * Sigstore bundle of the file, JSON as text
     */
    bundle: string;
    /**
     * Sigstore trusted root, JSON as text: whose authorities and logs you trust
     */
    trustedRoot: string;
    /**
     * the whole URI or mail address of the certificate
     */
    identity: string;
    /**
     * the whole OIDC issuer
     */
    issuer: string;
} | {
    kind: 'key';
    /**
     * PEM of a P-256 key, as cosign makes it
     */
    publicKey: string;
    signed: {
        /**
         * base64 of the DER signature
         */
        signature: string;
    } | {
        /**
         * Sigstore bundle of the file, JSON as text
         */
        bundle: string;
        trustedRoot: string | null;
    };
};

export type MemberKeyPurpose = 'volume' | 'object-store';

export type MirrorRestore = {
    restored: number;
    /**
     * keys that the database had already
     */
    present: number;
    /**
     * objects that are not of this cluster, or no wrapped keys
     */
    refused: number;
};

export type NitroTpmPolicy = {
    /**
     * PCR index → expected values; exactly these and PCR 15 are quoted
     */
    pcrs: {
        [key: string]: Measurement;
    };
};

export type Node = {
    /**
     * UUID
     */
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * UUID
     */
    poolId: string;
    /**
     * DNS label
     */
    poolName: string;
    /**
     * DNS label
     */
    name: string;
    role: PoolRole;
    variant: Variant;
    identity: MachineIdentity;
    state: NodeState;
    /**
     * why it is quarantined, lost or revoked
     */
    stateReason: string | null;
    /**
     * boots that were granted boot secrets
     */
    boots: number;
    agentVersion: string | null;
    /**
     * null while it is not connected
     */
    connection: NodeConnection | null;
    lastAppraisal: {
        /**
         * UUID
         */
        id: string;
        outcome: AppraisalOutcome;
        status: string;
        /**
         * RFC 3339, UTC
         */
        appraisedAt: string;
        policyVersion: number;
    } | null;
    nextAppraisalAt: string | null;
    stateDisk: {
        id: string;
        keyVersion: number;
    } | null;
    revision: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    updatedAt: string;
};

export type NodeAccess = {
    node: {
        /**
         * UUID
         */
        id: string;
        /**
         * DNS label
         */
        name: string;
        /**
         * DNS label
         */
        pool: string;
    };
    /**
     * away: not connected; none: it has never reported
     */
    state: 'in-force' | 'behind' | 'faulty' | 'away' | 'none';
    /**
     * in force there
     */
    revision: number;
    wanted: number;
    opensshVersion: string | null;
    faults: Array<NodeAccessFault>;
    /**
     * the latest, newest first
     */
    drift: Array<AccessDrift>;
    addresses: Array<SshAddress>;
    hostKeys: Array<{
        publicKey: SshPublicKey;
        /**
         * SHA-256 of the public key, as `ssh-keygen -l` shows it
         */
        fingerprint: string;
        /**
         * RFC 3339, UTC
         */
        validBefore: string;
        revoked: boolean;
    }>;
    reportedAt: string | null;
};

export type NodeAccessFault = {
    code: 'sshd-missing' | 'sshd-too-old' | 'sshd-vulnerable' | 'sshd-configuration-invalid' | 'sshd-setting-overridden' | 'sshd-reload-failed' | 'account-foreign' | 'account-failed' | 'sudoers-invalid' | 'file-unwritable' | 'state-expired';
    /**
     * account, setting or file
     */
    subject: string;
    detail: string;
};

export type NodeConnection = {
    /**
     * RFC 3339, UTC
     */
    since: string;
    tlsVersion: string;
    cipher: string;
    keyExchange: string;
    remoteAddress: string;
};

export type NodeReason = {
    reason: string;
};

export type NodeState = 'attesting' | 'locked' | 'disk-open' | 'member' | 'lost' | 'quarantined' | 'revoked';

export type Permission = 'session.read' | 'session.create' | 'clusters.read' | 'clusters.create' | 'clusters.update' | 'clusters.delete' | 'pools.read' | 'pools.write' | 'policies.read' | 'policies.write' | 'policies.activate' | 'enrolments.read' | 'enrolments.decide' | 'nodes.read' | 'nodes.attest' | 'nodes.quarantine' | 'nodes.revoke' | 'verification.run' | 'keys.read' | 'keys.write' | 'keys.destroy' | 'recovery.read' | 'recovery.run' | 'recovery.issue' | 'seal.read' | 'seal.write' | 'backup.create' | 'access.read' | 'access.write' | 'access.request' | 'access.approve' | 'access.revoke' | 'access.authority' | 'collateral.read' | 'collateral.write' | 'events.read' | 'audit.read' | 'tokens.read' | 'tokens.write' | 'metrics.read';

export type PlatformEvent = {
    id: string;
    type: EventType;
    clusterId: string | null;
    /**
     * RFC 3339, UTC
     */
    at: string;
    data: {
        [key: string]: unknown;
    };
};

export type PolicyDocument = TpmPolicy | SevSnpPolicy | TdxOnlyPolicy | AzureSevSnpPolicy | AzureTdxPolicy | AzureTrustedLaunchPolicy | GcpSevSnpPolicy | GcpSevEsPolicy | AwsSevSnpPolicy | AwsNitroTpmPolicy;

export type PolicyVersion = {
    /**
     * UUID
     */
    poolId: string;
    version: number;
    document: PolicyDocument;
    comment: string;
    active: boolean;
    createdBy: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * when it last became active
     */
    activatedAt: string | null;
};

export type Pool = {
    /**
     * UUID
     */
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * DNS label
     */
    name: string;
    description: string;
    role: PoolRole;
    variant: Variant;
    stateDiskKdf: StateDiskKdf;
    activePolicyVersion: number | null;
    nodeCounts: {
        [key: string]: number;
    };
    revision: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type PoolRole = 'control-plane' | 'worker';

/**
 * RFC 9457 problem
 */
export type Problem = {
    type: string;
    title: string;
    status: number;
    detail: string;
    code: ErrorCode;
    traceId: string;
    /**
     * per field, for `request-invalid` and `policy-invalid`
     */
    errors?: Array<{
        path: string;
        message: string;
    }>;
    /**
     * for refused evidence, of the caller’s own machine
     */
    findings?: Array<Finding>;
};

export type Ready = {
    /**
     * sealed: it serves what needs no key, and takes recovery shares
     */
    status: 'ready' | 'sealed' | 'not-ready';
    checks: {
        [key: string]: 'ok' | 'failing' | 'sealed';
    };
    version: string;
};

export type RecoveryProgress = {
    set: {
        /**
         * UUID
         */
        id: string;
        scope: RecoveryScope;
        threshold: number;
    };
    received: Array<{
        index: number;
        name: string;
    }>;
    recovered: boolean;
};

export type RecoveryRecipient = {
    /**
     * whose share it is
     */
    name: string;
    recipient: string;
};

export type RecoveryScope = {
    kind: 'platform';
} | {
    kind: 'cluster';
    /**
     * UUID
     */
    id: string;
    /**
     * DNS label
     */
    name: string;
};

export type RecoverySet = {
    /**
     * UUID
     */
    id: string;
    scope: RecoveryScope;
    threshold: number;
    shares: Array<{
        index: number;
        name: string;
        recipient: string;
        lastUsedAt: string | null;
    }>;
    /**
     * superseded: shares were issued anew; this API takes these no longer
     */
    state: 'active' | 'superseded';
    createdBy: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type RecoveryStatus = {
    sealed: boolean;
    closedClusters: Array<{
        /**
         * UUID
         */
        id: string;
        /**
         * DNS label
         */
        name: string;
    }>;
    collecting: Array<RecoveryProgress>;
    /**
     * when shares that were not enough are forgotten
     */
    expiresAt: string | null;
};

export type ReferenceValue = {
    /**
     * SHA-256 or SHA-384, lower-case hexadecimal
     */
    digest: string;
    comment: string;
    /**
     * RFC 3339, UTC
     */
    from?: string;
    /**
     * RFC 3339, UTC
     */
    until?: string;
};

export type ReplaceKek = {
    confirm: 'replace the KEK';
    reason: string;
};

export type RevokeNode = {
    reason: string;
    /**
     * the node’s name, typed again
     */
    confirm: string;
};

export type RevokeSshAuthority = {
    /**
     * its fingerprint, sent back
     */
    confirm: string;
    reason: string;
};

export type RevokeSshKey = {
    /**
     * SHA-256 of the public key, as `ssh-keygen -l` shows it
     */
    fingerprint: string;
    reason: string;
};

export type RevokedSshKey = {
    /**
     * SHA-256 of the public key, as `ssh-keygen -l` shows it
     */
    fingerprint: string;
    reason: string;
    revokedBy: string;
    /**
     * RFC 3339, UTC
     */
    revokedAt: string;
};

export type Rewrap = {
    /**
     * UUID
     */
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * DNS label
     */
    provider: string;
    /**
     * waiting: a provider does not answer; it goes on by itself
     */
    state: 'running' | 'waiting' | 'done' | 'cancelled';
    total: number;
    done: number;
    /**
     * code of the last failure, while it waits
     */
    reason: string | null;
    requestedBy: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    updatedAt: string;
    finishedAt: string | null;
};

export type Role = 'accessor' | 'viewer' | 'auditor' | 'operator' | 'admin';

export type RoleBinding = {
    role: Role;
    clusterId: string | null;
};

export type SealSlot = {
    /**
     * UUID
     */
    id: string;
    binding: {
        kind: 'tpm';
        bank: 'sha256' | 'sha384';
        pcrs: Array<number>;
        /**
         * SHA-256 or SHA-384, lower-case hexadecimal
         */
        pcrDigest: string;
    } | {
        kind: 'kek';
        /**
         * DNS label
         */
        provider: string;
    } | {
        kind: 'key-file';
    } | {
        kind: 'unknown';
    };
    comment: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    openedAt: string | null;
};

export type SealStatus = {
    sealed: boolean;
    /**
     * code of the last attempt to unseal
     */
    reason: string | null;
    configured: 'tpm' | 'kek' | 'key-file';
    slots: Array<SealSlot>;
};

export type Session = {
    principal: string;
    name: string;
    bindings: Array<RoleBinding>;
    /**
     * held globally
     */
    permissions: Array<Permission>;
    /**
     * cluster id → permissions held there
     */
    clusterPermissions: {
        [key: string]: Array<Permission>;
    };
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
};

export type SevSnpPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'sev-snp';
    snp: SnpPolicy;
};

export type SignInLink = {
    code: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
};

export type SnpPolicy = {
    products: Array<{
        product: 'Milan' | 'Genoa' | 'Turin';
        /**
         * floors of the reported, committed and launch TCB (S13)
         */
        minimumTcb: {
            reported: 'any' | SnpTcb;
            committed: 'any' | SnpTcb;
            launch: 'any' | SnpTcb;
        };
    }>;
    signingKey: 'any' | 'VCEK' | 'VLEK';
    /**
     * `required`: undecided without a fresh revocation list of AMD's
     */
    revocation: 'required' | 'any';
    /**
     * `refuse`: the current firmware must be the committed one (S13)
     */
    provisionalFirmware: 'refuse' | 'any';
    /**
     * bits of the guest policy; debug is refused always
     */
    guestPolicy: {
        abiMinimum: 'any' | {
            major: number;
            minor: number;
        };
        smt: 'any' | boolean;
        migrateMa: 'any' | boolean;
        singleSocket: 'any' | boolean;
        cxlAllow: 'any' | boolean;
        memAes256Xts: 'any' | boolean;
        raplDis: 'any' | boolean;
        ciphertextHiding: 'any' | boolean;
        pageSwapDisable: 'any' | boolean;
    };
    vmpl: 'any' | Array<number>;
    /**
     * launch measurement
     */
    measurement: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    hostData: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    idKeyDigest: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    authorKeyDigest: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    chips: {
        allow: 'any' | Array<string>;
        deny: Array<string>;
    };
    platformInfo: {
        smtEn: 'any' | boolean;
        tsmeEn: 'any' | boolean;
        eccEn: 'any' | boolean;
        raplDis: 'any' | boolean;
        ciphertextHidingEn: 'any' | boolean;
        aliasCheckComplete: 'any' | boolean;
        tioEn: 'any' | boolean;
    };
    /**
     * bits that must be set in the mitigation vectors; a report before version 5 has none
     */
    mitigations: 'any' | {
        launch: 'any' | string;
        current: 'any' | string;
    };
};

/**
 * least security version number of each part of the TCB
 */
export type SnpTcb = {
    fmc: number;
    bootloader: number;
    tee: number;
    snp: number;
    microcode: number;
};

export type SshAddress = {
    host: string;
    port: number;
};

export type SshAuthorities = {
    items: Array<SshAuthority>;
};

export type SshAuthority = {
    kind: SshAuthorityKind;
    version: number;
    algorithm: 'ed25519' | 'ecdsa-p256';
    publicKey: SshPublicKey;
    /**
     * SHA-256 of the public key, as `ssh-keygen -l` shows it
     */
    fingerprint: string;
    /**
     * coming: trusted, and does not sign yet; retiring: trusted, and signs no more
     */
    state: 'coming' | 'signing' | 'retiring' | 'retired' | 'revoked';
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    signsFrom: string;
    /**
     * null: until the next one takes over
     */
    trustedUntil: string | null;
    revokedAt: string | null;
};

export type SshAuthorityKind = 'user' | 'host' | 'emergency';

export type SshCertificate = {
    /**
     * of this cluster, never twice
     */
    serial: number;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * UUID
     */
    grantId: string;
    user: AccessUserName;
    /**
     * as the certificate lists them
     */
    principals: Array<string>;
    /**
     * names the grant in every log of sshd
     */
    keyId: string;
    /**
     * SHA-256 of the public key, as `ssh-keygen -l` shows it
     */
    fingerprint: string;
    authorityVersion: number;
    /**
     * RFC 3339, UTC
     */
    validAfter: string;
    /**
     * RFC 3339, UTC
     */
    validBefore: string;
    issuedBy: string;
    revokedAt: string | null;
    revokedBy: string | null;
    revokeReason: string | null;
};

export type SshGrant = {
    /**
     * UUID
     */
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    user: AccessUserName;
    principal: SshPrincipal;
    node: {
        /**
         * UUID
         */
        id: string;
        /**
         * DNS label
         */
        name: string;
    } | null;
    /**
     * whose nodes it is good for, where it is not for one node
     */
    pools: Array<string>;
    publicKey: SshPublicKey;
    /**
     * SHA-256 of the public key, as `ssh-keygen -l` shows it
     */
    fingerprint: string;
    reason: string;
    /**
     * address or network in CIDR form
     */
    sourceAddresses: Array<string | string | string | string>;
    forceCommand: string | null;
    state: SshGrantState;
    /**
     * `token:<id>`
     */
    requestedBy: string;
    requesterName: string;
    decidedBy: string | null;
    decisionReason: string | null;
    endedBy: string | null;
    endReason: string | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * of the grant; while it waits, of the request
     */
    expiresAt: string;
    endedAt: string | null;
    openSessions: number;
};

/**
 * ended: by a person; expired: its time was over, or nobody decided
 */
export type SshGrantState = 'waiting' | 'active' | 'denied' | 'ended' | 'expired';

export type SshKnownHosts = {
    /**
     * for a known_hosts file; hosts are known as `<node>.<cluster>` (HostKeyAlias)
     */
    lines: Array<string>;
    /**
     * key revocation list for `RevokedHostKeys`: host keys of revoked nodes, revoked authorities
     */
    revokedHostKeys: string;
};

export type SshPrincipal = string;

/**
 * OpenSSH public key in one line, without options
 */
export type SshPublicKey = string;

export type SshSession = {
    /**
     * UUID
     */
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    node: {
        /**
         * UUID
         */
        id: string;
        /**
         * DNS label
         */
        name: string;
    };
    account: string;
    method: 'certificate' | 'publickey' | 'password' | 'other';
    /**
     * null where no certificate of this platform let it in
     */
    user: string | null;
    grantId: string | null;
    serial: string | null;
    keyId: string | null;
    fingerprint: string | null;
    /**
     * let in by an emergency certificate
     */
    emergency: boolean;
    source: string;
    /**
     * RFC 3339, UTC
     */
    openedAt: string;
    closedAt: string | null;
    closeReason: 'logout' | 'ended' | 'lost' | null;
    /**
     * when this platform heard of it; the other times are what the node says, within reason
     */
    recordedAt: string;
};

export type StateDisk = {
    id: string;
    /**
     * UUID
     */
    clusterId: string;
    /**
     * the node whose machine owns it
     */
    nodeId: string | null;
    keyVersion: number;
    /**
     * a rotation is done at the next boot
     */
    nextKeyVersion: number | null;
    /**
     * opens that were reported
     */
    epoch: number;
    fault: {
        code: 'state-disk-rolled-back' | 'state-disk-ahead' | 'state-disk-io-error' | 'state-disk-refused';
        detail: string;
        /**
         * that the header shows, where that is the fault
         */
        epoch: number | null;
        /**
         * RFC 3339, UTC
         */
        at: string;
    } | null;
    /**
     * an operator takes a disk that is as old as this, once
     */
    acceptedEpoch: number | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    openedAt: string | null;
};

/**
 * `pbkdf2` with the least count that cryptsetup takes
 */
export type StateDiskKdf = 'pbkdf2' | 'argon2id';

export type StoredEvidence = {
    /**
     * UUID
     */
    nodeId: string;
    evidence: Evidence;
    claims: {
        [key: string]: unknown;
    };
    /**
     * the 32 bytes that the evidence carries
     */
    binding: string;
    /**
     * RFC 3339, UTC
     */
    receivedAt: string;
    trigger: string;
};

export type SubmitShare = {
    share: string;
};

export type SudoCommand = string;

export type SudoRule = {
    kind: 'none';
} | {
    kind: 'commands';
    /**
     * exactly these, with exactly these arguments; without arguments: any
     */
    commands: Array<SudoCommand>;
} | {
    kind: 'all';
};

export type TcbException = {
    status: 'SWHardeningNeeded' | 'ConfigurationNeeded' | 'ConfigurationAndSWHardeningNeeded';
    /**
     * every advisory of the platform must be named; empty where it has none
     */
    advisories: Array<string>;
    /**
     * RFC 3339, UTC
     */
    until: string;
    comment: string;
};

export type TdxOnlyPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    /**
     * machine identities that are accepted
     */
    machines: 'any' | Array<string>;
    variant: 'tdx';
    tdx: TdxPolicy;
};

export type TdxPolicy = {
    mrTd: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    rtmr0: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    rtmr1: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    /**
     * as booted: the lock that extends it is allowed for
     */
    rtmr2: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    rtmr3: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    module: {
        mrSeam: {
            mode: MeasurementMode;
            values: 'any' | Array<{
                digest: string;
                comment: string;
                /**
                 * RFC 3339, UTC
                 */
                from?: string;
                /**
                 * RFC 3339, UTC
                 */
                until?: string;
            }>;
        };
        /**
         * SVN of the TDX module
         */
        minimumSvn: 'any' | number;
    };
    mrConfigId: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    mrOwner: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    mrOwnerConfig: {
        mode: MeasurementMode;
        values: 'any' | Array<{
            digest: string;
            comment: string;
            /**
             * RFC 3339, UTC
             */
            from?: string;
            /**
             * RFC 3339, UTC
             */
            until?: string;
        }>;
    };
    /**
     * as in the quote: little-endian bytes
     */
    xfam: 'any' | Array<string>;
    /**
     * as in the quote: little-endian bytes; debug is refused always
     */
    tdAttributes: 'any' | Array<string>;
    /**
     * UpToDate, and what an unexpired exception covers
     */
    tcbStatus: {
        exceptions: Array<TcbException>;
    };
    minimumTcbEvaluationDataNumber: 'any' | number;
    platforms: {
        allow: 'any' | Array<string>;
        deny: Array<string>;
    };
    /**
     * `required`: evidence without a CC event log that replays is refused
     */
    eventLog: 'required' | 'any';
};

export type Token = {
    /**
     * UUID
     */
    id: string;
    name: string;
    kind: 'token' | 'session';
    bindings: Array<RoleBinding>;
    createdBy: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
    lastUsedAt: string | null;
    revokedAt: string | null;
};

export type TpmEvidence = {
    variant: 'tpm';
    format: 'asterism/evidence/v1';
    parts: {
        /**
         * up to 2048 bytes, base64url without padding
         */
        quote: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        signature: string;
        /**
         * up to 2048 bytes, base64url without padding
         */
        akPublic: string;
        /**
         * PCR index → value, of the quoted bank only
         */
        pcrs: {
            [key: string]: string;
        };
        /**
         * up to 524288 bytes, base64url without padding
         */
        eventLog?: string;
        /**
         * EK certificate first, then its issuers, DER
         */
        ekCertificates?: Array<string>;
        /**
         * AK certificate first, then its issuers, DER
         */
        akCertificates?: Array<string>;
    };
};

export type TpmPolicy = {
    schema: 'asterism/policy/v1';
    /**
     * seconds
     */
    reattestationInterval: number;
    /**
     * seconds since the oldest list or document that was used was issued; what is older decides nothing. Lists of root CAs are renewed yearly
     */
    maximumCollateralAge: 'any' | number;
    approval: 'automatic' | 'required';
    variant: 'tpm';
    tpm: {
        bank: 'sha256' | 'sha384';
        /**
         * PCR index → expected values; exactly these and PCR 15 are quoted
         */
        pcrs: {
            [key: string]: Measurement;
        };
        /**
         * `required`: evidence without an event log is refused
         */
        eventLog: 'required' | 'any';
        attestationKey: AttestationKeyPolicy;
    };
};

export type TrustAnchor = {
    name: string;
    /**
     * SHA-256, lower-case hexadecimal
     */
    spkiSha256: string;
};

export type TrustworthinessVector = {
    'instance-identity'?: number;
    configuration?: number;
    executables?: number;
    hardware?: number;
};

export type UpdateCluster = {
    description: string;
};

export type UpdatePool = {
    description: string;
};

/**
 * evidence variant
 */
export type Variant = 'tpm' | 'sev-snp' | 'tdx' | 'azure-sev-snp' | 'azure-tdx' | 'azure-trusted-launch' | 'gcp-sev-snp' | 'gcp-sev-es' | 'aws-sev-snp' | 'aws-nitro-tpm';

export type Verification = {
    /**
     * UUID
     */
    nodeId: string;
    /**
     * DNS label
     */
    nodeName: string;
    /**
     * the cluster’s measured identity, as bound into the evidence
     */
    clusterId: string;
    /**
     * 32 bytes, base64url without padding
     */
    nonce: string;
    evidence: Evidence;
    /**
     * hashed into the binding as canonical JSON (RFC 8785)
     */
    claims: {
        [key: string]: unknown;
    };
    activationSecret: string | null;
    /**
     * what vendors publish of this machine, so that you can verify the evidence without a way to them: as untrusted as the evidence, and proved with it
     */
    collateral: CollateralBundle;
    policyVersion: number;
    /**
     * the server’s verdict
     */
    appraisal: AppraisalResult;
    /**
     * the same verdict as EAT Attestation Result: JWT, ES256, key in /.well-known/jwks.json
     */
    result: string;
};

export type VerificationRequest = {
    /**
     * 32 bytes, base64url without padding
     */
    nonce: string;
    activation?: Activation;
};

export type VouchedTpmPolicy = {
    bank: 'sha256' | 'sha384';
    /**
     * PCR index → expected values; exactly these and PCR 15 are quoted
     */
    pcrs: {
        [key: string]: Measurement;
    };
    /**
     * `required`: evidence without an event log is refused
     */
    eventLog: 'required' | 'any';
};

export type WaitReason = 'approval' | 'initialisation';

export type ReadJwksData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/.well-known/jwks.json';
};

export type ReadJwksErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
};

export type ReadJwksError = ReadJwksErrors[keyof ReadJwksErrors];

export type ReadJwksResponses = {
    /**
     * key set (RFC 7517)
     */
    200: Jwks;
};

export type ReadJwksResponse = ReadJwksResponses[keyof ReadJwksResponses];

export type ReadLivenessData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/health/live';
};

export type ReadLivenessErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
};

export type ReadLivenessError = ReadLivenessErrors[keyof ReadLivenessErrors];

export type ReadLivenessResponses = {
    /**
     * alive
     */
    200: Live;
};

export type ReadLivenessResponse = ReadLivenessResponses[keyof ReadLivenessResponses];

export type ReadReadinessData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/health/ready';
};

export type ReadReadinessErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * not ready; the checks say why
     */
    503: Ready;
};

export type ReadReadinessError = ReadReadinessErrors[keyof ReadReadinessErrors];

export type ReadReadinessResponses = {
    /**
     * ready, or ready but for what needs keys
     */
    200: Ready;
};

export type ReadReadinessResponse = ReadReadinessResponses[keyof ReadReadinessResponses];

export type ReadMetricsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/metrics';
};

export type ReadMetricsErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadMetricsError = ReadMetricsErrors[keyof ReadMetricsErrors];

export type ReadMetricsResponses = {
    /**
     * metrics
     */
    200: string;
};

export type ReadMetricsResponse = ReadMetricsResponses[keyof ReadMetricsResponses];

export type ReadAgentDocumentData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/openapi/agent.v1.json';
};

export type ReadAgentDocumentErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
};

export type ReadAgentDocumentError = ReadAgentDocumentErrors[keyof ReadAgentDocumentErrors];

export type ReadAgentDocumentResponses = {
    /**
     * OpenAPI 3.1 document
     */
    200: {
        openapi: '3.1.0';
        [key: string]: unknown;
    };
};

export type ReadAgentDocumentResponse = ReadAgentDocumentResponses[keyof ReadAgentDocumentResponses];

export type ReadOperatorDocumentData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/openapi/operator.v1.json';
};

export type ReadOperatorDocumentErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
};

export type ReadOperatorDocumentError = ReadOperatorDocumentErrors[keyof ReadOperatorDocumentErrors];

export type ReadOperatorDocumentResponses = {
    /**
     * OpenAPI 3.1 document
     */
    200: {
        openapi: '3.1.0';
        [key: string]: unknown;
    };
};

export type ReadOperatorDocumentResponse = ReadOperatorDocumentResponses[keyof ReadOperatorDocumentResponses];

export type ListAuditData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
        /**
         * by sequence
         */
        order?: 'ascending' | 'descending';
    };
    url: '/v1/audit';
};

export type ListAuditErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListAuditError = ListAuditErrors[keyof ListAuditErrors];

export type ListAuditResponses = {
    /**
     * one page
     */
    200: {
        items: Array<AuditRecord>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListAuditResponse = ListAuditResponses[keyof ListAuditResponses];

export type FollowAuditData = {
    body?: never;
    headers?: {
        /**
         * goes on after this event
         */
        'Last-Event-ID'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/audit/stream';
};

export type FollowAuditErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type FollowAuditError = FollowAuditErrors[keyof FollowAuditErrors];

export type FollowAuditResponses = {
    /**
     * a stream without end; a comment line every 15 s shows that it is alive
     */
    200: AuditRecord;
};

export type FollowAuditResponse = FollowAuditResponses[keyof FollowAuditResponses];

export type VerifyAuditData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/audit/verify';
};

export type VerifyAuditErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type VerifyAuditError = VerifyAuditErrors[keyof VerifyAuditErrors];

export type VerifyAuditResponses = {
    /**
     * whether the chain is whole
     */
    200: AuditVerification;
};

export type VerifyAuditResponse = VerifyAuditResponses[keyof VerifyAuditResponses];

export type CreateBackupData = {
    body: CreateBackup;
    path?: never;
    query?: never;
    url: '/v1/backups';
};

export type CreateBackupErrors = {
    /**
     * `body-too-deep`, `recipients-missing`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type CreateBackupError = CreateBackupErrors[keyof CreateBackupErrors];

export type CreateBackupResponses = {
    /**
     * an age file
     */
    200: Blob | File;
};

export type CreateBackupResponse = CreateBackupResponses[keyof CreateBackupResponses];

export type ListClustersData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters';
};

export type ListClustersErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListClustersError = ListClustersErrors[keyof ListClustersErrors];

export type ListClustersResponses = {
    /**
     * one page
     */
    200: {
        items: Array<Cluster>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListClustersResponse = ListClustersResponses[keyof ListClustersResponses];

export type CreateClusterData = {
    body: CreateCluster;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/clusters';
};

export type CreateClusterErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `master-secret-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `kek-provider-unknown`
     */
    404: Problem;
    /**
     * `cluster-exists`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type CreateClusterError = CreateClusterErrors[keyof CreateClusterErrors];

export type CreateClusterResponses = {
    /**
     * created
     */
    201: Cluster;
};

export type CreateClusterResponse = CreateClusterResponses[keyof CreateClusterResponses];

export type DeleteClusterData = {
    body: DeleteCluster;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}';
};

export type DeleteClusterErrors = {
    /**
     * `body-too-deep`, `confirmation-mismatch`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `cluster-not-empty`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type DeleteClusterError = DeleteClusterErrors[keyof DeleteClusterErrors];

export type DeleteClusterResponses = {
    /**
     * deleted
     */
    204: void;
};

export type DeleteClusterResponse = DeleteClusterResponses[keyof DeleteClusterResponses];

export type ReadClusterData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}';
};

export type ReadClusterErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadClusterError = ReadClusterErrors[keyof ReadClusterErrors];

export type ReadClusterResponses = {
    /**
     * the cluster
     */
    200: Cluster;
};

export type ReadClusterResponse = ReadClusterResponses[keyof ReadClusterResponses];

export type UpdateClusterData = {
    body: UpdateCluster;
    headers: {
        /**
         * `ETag` of the resource as it was read
         */
        'If-Match': string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}';
};

export type UpdateClusterErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `precondition-failed`
     */
    412: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `precondition-missing`
     */
    428: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type UpdateClusterError = UpdateClusterErrors[keyof UpdateClusterErrors];

export type UpdateClusterResponses = {
    /**
     * the cluster as it is now
     */
    200: Cluster;
};

export type UpdateClusterResponse = UpdateClusterResponses[keyof UpdateClusterResponses];

export type ReadAccessData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access';
};

export type ReadAccessErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadAccessError = ReadAccessErrors[keyof ReadAccessErrors];

export type ReadAccessResponses = {
    /**
     * what is declared now
     */
    200: Access;
};

export type ReadAccessResponse = ReadAccessResponses[keyof ReadAccessResponses];

export type ApplyAccessData = {
    body: AccessDocument;
    headers: {
        /**
         * `ETag` of the resource as it was read
         */
        'If-Match': string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access';
};

export type ApplyAccessErrors = {
    /**
     * `access-invalid`, `body-too-deep`, `request-invalid`, `ssh-public-key-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `precondition-failed`
     */
    412: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `precondition-missing`
     */
    428: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ApplyAccessError = ApplyAccessErrors[keyof ApplyAccessErrors];

export type ApplyAccessResponses = {
    /**
     * what is declared now
     */
    200: Access;
};

export type ApplyAccessResponse = ApplyAccessResponses[keyof ApplyAccessResponses];

export type ListSshAuthoritiesData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/authorities';
};

export type ListSshAuthoritiesErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type ListSshAuthoritiesError = ListSshAuthoritiesErrors[keyof ListSshAuthoritiesErrors];

export type ListSshAuthoritiesResponses = {
    /**
     * all of them
     */
    200: SshAuthorities;
};

export type ListSshAuthoritiesResponse = ListSshAuthoritiesResponses[keyof ListSshAuthoritiesResponses];

export type RotateSshAuthorityData = {
    body?: never;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        kind: SshAuthorityKind;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/authorities/{kind}/rotate';
};

export type RotateSshAuthorityErrors = {
    /**
     * `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `ssh-authority-conflict`
     */
    409: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type RotateSshAuthorityError = RotateSshAuthorityErrors[keyof RotateSshAuthorityErrors];

export type RotateSshAuthorityResponses = {
    /**
     * the new version
     */
    200: SshAuthority;
};

export type RotateSshAuthorityResponse = RotateSshAuthorityResponses[keyof RotateSshAuthorityResponses];

export type RevokeSshAuthorityData = {
    body: RevokeSshAuthority;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        kind: SshAuthorityKind;
        version: number;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/authorities/{kind}/{version}/revoke';
};

export type RevokeSshAuthorityErrors = {
    /**
     * `body-too-deep`, `confirmation-mismatch`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `ssh-authority-unknown`
     */
    404: Problem;
    /**
     * `ssh-authority-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type RevokeSshAuthorityError = RevokeSshAuthorityErrors[keyof RevokeSshAuthorityErrors];

export type RevokeSshAuthorityResponses = {
    /**
     * revoked
     */
    200: SshAuthority;
};

export type RevokeSshAuthorityResponse = RevokeSshAuthorityResponses[keyof RevokeSshAuthorityResponses];

export type ListSshCertificatesData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
        /**
         * UUID
         */
        grant?: string;
    };
    url: '/v1/clusters/{cluster}/access/certificates';
};

export type ListSshCertificatesErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListSshCertificatesError = ListSshCertificatesErrors[keyof ListSshCertificatesErrors];

export type ListSshCertificatesResponses = {
    /**
     * one page
     */
    200: {
        items: Array<SshCertificate>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListSshCertificatesResponse = ListSshCertificatesResponses[keyof ListSshCertificatesResponses];

export type RevokeSshCertificateData = {
    body: AccessReason;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        serial: number;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/certificates/{serial}/revoke';
};

export type RevokeSshCertificateErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `ssh-certificate-unknown`
     */
    404: Problem;
    /**
     * `ssh-grant-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type RevokeSshCertificateError = RevokeSshCertificateErrors[keyof RevokeSshCertificateErrors];

export type RevokeSshCertificateResponses = {
    /**
     * the certificate as it is now
     */
    200: SshCertificate;
};

export type RevokeSshCertificateResponse = RevokeSshCertificateResponses[keyof RevokeSshCertificateResponses];

export type ReadEmergencyKitData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/emergency-kit';
};

export type ReadEmergencyKitErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type ReadEmergencyKitError = ReadEmergencyKitErrors[keyof ReadEmergencyKitErrors];

export type ReadEmergencyKitResponses = {
    /**
     * the kit
     */
    200: EmergencyKit;
};

export type ReadEmergencyKitResponse = ReadEmergencyKitResponses[keyof ReadEmergencyKitResponses];

export type ListSshGrantsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
        state?: SshGrantState;
        user?: AccessUserName;
    };
    url: '/v1/clusters/{cluster}/access/grants';
};

export type ListSshGrantsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListSshGrantsError = ListSshGrantsErrors[keyof ListSshGrantsErrors];

export type ListSshGrantsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<SshGrant>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListSshGrantsResponse = ListSshGrantsResponses[keyof ListSshGrantsResponses];

export type CreateSshGrantData = {
    body: CreateSshGrant;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/grants';
};

export type CreateSshGrantErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`, `ssh-public-key-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `access-user-expired`, `permission-denied`, `ssh-key-not-declared`, `ssh-key-revoked`, `ssh-node-not-allowed`, `ssh-principal-not-allowed`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`, `ssh-request-refused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type CreateSshGrantError = CreateSshGrantErrors[keyof CreateSshGrantErrors];

export type CreateSshGrantResponses = {
    /**
     * given, or waiting
     */
    201: SshGrant;
};

export type CreateSshGrantResponse = CreateSshGrantResponses[keyof CreateSshGrantResponses];

export type ReadSshGrantData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        grant: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/grants/{grant}';
};

export type ReadSshGrantErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `ssh-grant-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadSshGrantError = ReadSshGrantErrors[keyof ReadSshGrantErrors];

export type ReadSshGrantResponses = {
    /**
     * the grant
     */
    200: SshGrant;
};

export type ReadSshGrantResponse = ReadSshGrantResponses[keyof ReadSshGrantResponses];

export type ApproveSshGrantData = {
    body: ApproveSshGrant;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        grant: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/grants/{grant}/approve';
};

export type ApproveSshGrantErrors = {
    /**
     * `body-too-deep`, `confirmation-mismatch`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`, `ssh-second-person`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `ssh-grant-unknown`
     */
    404: Problem;
    /**
     * `ssh-grant-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ApproveSshGrantError = ApproveSshGrantErrors[keyof ApproveSshGrantErrors];

export type ApproveSshGrantResponses = {
    /**
     * the grant as it is now
     */
    200: SshGrant;
};

export type ApproveSshGrantResponse = ApproveSshGrantResponses[keyof ApproveSshGrantResponses];

export type CreateSshCertificateData = {
    body: CreateSshCertificate;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        grant: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/grants/{grant}/certificates';
};

export type CreateSshCertificateErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `ssh-grant-unknown`
     */
    404: Problem;
    /**
     * `ssh-authority-conflict`, `ssh-grant-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`, `ssh-request-refused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type CreateSshCertificateError = CreateSshCertificateErrors[keyof CreateSshCertificateErrors];

export type CreateSshCertificateResponses = {
    /**
     * the certificate
     */
    201: IssuedSshCertificate;
};

export type CreateSshCertificateResponse = CreateSshCertificateResponses[keyof CreateSshCertificateResponses];

export type DenySshGrantData = {
    body: AccessReason;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        grant: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/grants/{grant}/deny';
};

export type DenySshGrantErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`, `ssh-second-person`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `ssh-grant-unknown`
     */
    404: Problem;
    /**
     * `ssh-grant-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type DenySshGrantError = DenySshGrantErrors[keyof DenySshGrantErrors];

export type DenySshGrantResponses = {
    /**
     * the grant as it is now
     */
    200: SshGrant;
};

export type DenySshGrantResponse = DenySshGrantResponses[keyof DenySshGrantResponses];

export type EndSshGrantData = {
    body: AccessReason;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        grant: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/grants/{grant}/end';
};

export type EndSshGrantErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `ssh-grant-unknown`
     */
    404: Problem;
    /**
     * `ssh-grant-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type EndSshGrantError = EndSshGrantErrors[keyof EndSshGrantErrors];

export type EndSshGrantResponses = {
    /**
     * the grant as it is now
     */
    200: SshGrant;
};

export type EndSshGrantResponse = EndSshGrantResponses[keyof EndSshGrantResponses];

export type ReadSshKnownHostsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/known-hosts';
};

export type ReadSshKnownHostsErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type ReadSshKnownHostsError = ReadSshKnownHostsErrors[keyof ReadSshKnownHostsErrors];

export type ReadSshKnownHostsResponses = {
    /**
     * lines and list
     */
    200: SshKnownHosts;
};

export type ReadSshKnownHostsResponse = ReadSshKnownHostsResponses[keyof ReadSshKnownHostsResponses];

export type ListNodeAccessData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/access/nodes';
};

export type ListNodeAccessErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListNodeAccessError = ListNodeAccessErrors[keyof ListNodeAccessErrors];

export type ListNodeAccessResponses = {
    /**
     * one page
     */
    200: {
        items: Array<NodeAccess>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListNodeAccessResponse = ListNodeAccessResponses[keyof ListNodeAccessResponses];

export type ReadNodeAccessData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/nodes/{node}';
};

export type ReadNodeAccessErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadNodeAccessError = ReadNodeAccessErrors[keyof ReadNodeAccessErrors];

export type ReadNodeAccessResponses = {
    /**
     * the node
     */
    200: NodeAccess;
};

export type ReadNodeAccessResponse = ReadNodeAccessResponses[keyof ReadNodeAccessResponses];

export type PlanAccessData = {
    body: AccessDocument;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/plan';
};

export type PlanAccessErrors = {
    /**
     * `access-invalid`, `body-too-deep`, `request-invalid`, `ssh-public-key-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type PlanAccessError = PlanAccessErrors[keyof PlanAccessErrors];

export type PlanAccessResponses = {
    /**
     * the differences
     */
    200: AccessPlan;
};

export type PlanAccessResponse = PlanAccessResponses[keyof PlanAccessResponses];

export type ListRevokedSshKeysData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/access/revoked-keys';
};

export type ListRevokedSshKeysErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListRevokedSshKeysError = ListRevokedSshKeysErrors[keyof ListRevokedSshKeysErrors];

export type ListRevokedSshKeysResponses = {
    /**
     * one page
     */
    200: {
        items: Array<RevokedSshKey>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListRevokedSshKeysResponse = ListRevokedSshKeysResponses[keyof ListRevokedSshKeysResponses];

export type RevokeSshKeyData = {
    body: RevokeSshKey;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/revoked-keys';
};

export type RevokeSshKeyErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `ssh-grant-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type RevokeSshKeyError = RevokeSshKeyErrors[keyof RevokeSshKeyErrors];

export type RevokeSshKeyResponses = {
    /**
     * revoked
     */
    201: RevokedSshKey;
};

export type RevokeSshKeyResponse = RevokeSshKeyResponses[keyof RevokeSshKeyResponses];

export type ListSshSessionsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
        state?: 'open' | 'closed';
        /**
         * UUID or name
         */
        node?: string | string;
        /**
         * UUID
         */
        grant?: string;
        user?: AccessUserName;
    };
    url: '/v1/clusters/{cluster}/access/sessions';
};

export type ListSshSessionsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListSshSessionsError = ListSshSessionsErrors[keyof ListSshSessionsErrors];

export type ListSshSessionsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<SshSession>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListSshSessionsResponse = ListSshSessionsResponses[keyof ListSshSessionsResponses];

export type PutAccessUserData = {
    body: AccessUser;
    headers: {
        /**
         * `ETag` of the resource as it was read
         */
        'If-Match': string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        user: AccessUserName;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/users/{user}';
};

export type PutAccessUserErrors = {
    /**
     * `access-invalid`, `body-too-deep`, `request-invalid`, `ssh-public-key-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `precondition-failed`
     */
    412: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `precondition-missing`
     */
    428: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type PutAccessUserError = PutAccessUserErrors[keyof PutAccessUserErrors];

export type PutAccessUserResponses = {
    /**
     * what is declared now
     */
    200: Access;
};

export type PutAccessUserResponse = PutAccessUserResponses[keyof PutAccessUserResponses];

export type RemoveAccessUserData = {
    body: AccessReason;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        user: AccessUserName;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/access/users/{user}/remove';
};

export type RemoveAccessUserErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `access-user-unknown`, `cluster-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type RemoveAccessUserError = RemoveAccessUserErrors[keyof RemoveAccessUserErrors];

export type RemoveAccessUserResponses = {
    /**
     * what is declared now
     */
    200: Access;
};

export type RemoveAccessUserResponse = RemoveAccessUserResponses[keyof RemoveAccessUserResponses];

export type ListEnrolmentsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
        state?: EnrolmentState;
    };
    url: '/v1/clusters/{cluster}/enrolments';
};

export type ListEnrolmentsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListEnrolmentsError = ListEnrolmentsErrors[keyof ListEnrolmentsErrors];

export type ListEnrolmentsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<Enrolment>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListEnrolmentsResponse = ListEnrolmentsResponses[keyof ListEnrolmentsResponses];

export type ReadEnrolmentData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        enrolment: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/enrolments/{enrolment}';
};

export type ReadEnrolmentErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `enrolment-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadEnrolmentError = ReadEnrolmentErrors[keyof ReadEnrolmentErrors];

export type ReadEnrolmentResponses = {
    /**
     * the enrolment
     */
    200: Enrolment;
};

export type ReadEnrolmentResponse = ReadEnrolmentResponses[keyof ReadEnrolmentResponses];

export type ApproveEnrolmentData = {
    body: ApproveEnrolment;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        enrolment: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/enrolments/{enrolment}/approve';
};

export type ApproveEnrolmentErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `enrolment-unknown`
     */
    404: Problem;
    /**
     * `enrolment-decided`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ApproveEnrolmentError = ApproveEnrolmentErrors[keyof ApproveEnrolmentErrors];

export type ApproveEnrolmentResponses = {
    /**
     * the enrolment as it is now
     */
    200: Enrolment;
};

export type ApproveEnrolmentResponse = ApproveEnrolmentResponses[keyof ApproveEnrolmentResponses];

export type DenyEnrolmentData = {
    body: DenyEnrolment;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        enrolment: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/enrolments/{enrolment}/deny';
};

export type DenyEnrolmentErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `enrolment-unknown`
     */
    404: Problem;
    /**
     * `enrolment-decided`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type DenyEnrolmentError = DenyEnrolmentErrors[keyof DenyEnrolmentErrors];

export type DenyEnrolmentResponses = {
    /**
     * the enrolment as it is now
     */
    200: Enrolment;
};

export type DenyEnrolmentResponse = DenyEnrolmentResponses[keyof DenyEnrolmentResponses];

export type FollowClusterEventsData = {
    body?: never;
    headers?: {
        /**
         * goes on after this event
         */
        'Last-Event-ID'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/events';
};

export type FollowClusterEventsErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type FollowClusterEventsError = FollowClusterEventsErrors[keyof FollowClusterEventsErrors];

export type FollowClusterEventsResponses = {
    /**
     * a stream without end; a comment line every 15 s shows that it is alive
     */
    200: PlatformEvent;
};

export type FollowClusterEventsResponse = FollowClusterEventsResponses[keyof FollowClusterEventsResponses];

export type ListKeysData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
        purpose?: KeyPurpose;
    };
    url: '/v1/clusters/{cluster}/keys';
};

export type ListKeysErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListKeysError = ListKeysErrors[keyof ListKeysErrors];

export type ListKeysResponses = {
    /**
     * one page
     */
    200: {
        items: Array<KeyMetadata>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListKeysResponse = ListKeysResponses[keyof ListKeysResponses];

export type DeclareKeyData = {
    body: DeclareKey;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/keys';
};

export type DeclareKeyErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `key-exists`, `key-id-reserved`, `node-state-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `kek-undecided`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type DeclareKeyError = DeclareKeyErrors[keyof DeclareKeyErrors];

export type DeclareKeyResponses = {
    /**
     * declared
     */
    201: KeyMetadata;
};

export type DeclareKeyResponse = DeclareKeyResponses[keyof DeclareKeyResponses];

export type RestoreMirrorData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/keys/restore-mirror';
};

export type RestoreMirrorErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `mirror-none`
     */
    404: Problem;
    /**
     * `key-mode-conflict`
     */
    409: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `kek-undecided`, `shutting-down`
     */
    503: Problem;
};

export type RestoreMirrorError = RestoreMirrorErrors[keyof RestoreMirrorErrors];

export type RestoreMirrorResponses = {
    /**
     * what came of it
     */
    200: MirrorRestore;
};

export type RestoreMirrorResponse = RestoreMirrorResponses[keyof RestoreMirrorResponses];

export type ReadKeyData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        purpose: KeyPurpose;
        /**
         * of a disk, volume or object store
         */
        key: KeyId | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}';
};

export type ReadKeyErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `key-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadKeyError = ReadKeyErrors[keyof ReadKeyErrors];

export type ReadKeyResponses = {
    /**
     * the key
     */
    200: Key;
};

export type ReadKeyResponse = ReadKeyResponses[keyof ReadKeyResponses];

export type RotateKeyData = {
    body?: never;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        purpose: DataKeyPurpose;
        /**
         * of a disk, volume or object store
         */
        key: KeyId | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}/rotate';
};

export type RotateKeyErrors = {
    /**
     * `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `key-unknown`
     */
    404: Problem;
    /**
     * `key-state-conflict`
     */
    409: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `kek-undecided`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type RotateKeyError = RotateKeyErrors[keyof RotateKeyErrors];

export type RotateKeyResponses = {
    /**
     * the new version
     */
    200: KeyMetadata;
};

export type RotateKeyResponse = RotateKeyResponses[keyof RotateKeyResponses];

export type DestroyKeyVersionData = {
    body: DestroyKey;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        purpose: DataKeyPurpose;
        /**
         * of a disk, volume or object store
         */
        key: KeyId | string;
        version: number;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}/versions/{version}/destroy';
};

export type DestroyKeyVersionErrors = {
    /**
     * `body-too-deep`, `confirmation-mismatch`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `key-unknown`
     */
    404: Problem;
    /**
     * `key-state-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type DestroyKeyVersionError = DestroyKeyVersionErrors[keyof DestroyKeyVersionErrors];

export type DestroyKeyVersionResponses = {
    /**
     * the version as it is now
     */
    200: KeyMetadata;
};

export type DestroyKeyVersionResponse = DestroyKeyVersionResponses[keyof DestroyKeyVersionResponses];

export type RetireKeyVersionData = {
    body?: never;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        purpose: DataKeyPurpose;
        /**
         * of a disk, volume or object store
         */
        key: KeyId | string;
        version: number;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}/versions/{version}/retire';
};

export type RetireKeyVersionErrors = {
    /**
     * `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `key-unknown`
     */
    404: Problem;
    /**
     * `key-state-conflict`
     */
    409: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type RetireKeyVersionError = RetireKeyVersionErrors[keyof RetireKeyVersionErrors];

export type RetireKeyVersionResponses = {
    /**
     * the version as it is now
     */
    200: KeyMetadata;
};

export type RetireKeyVersionResponse = RetireKeyVersionResponses[keyof RetireKeyVersionResponses];

export type ListNodesData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
        /**
         * UUID or name
         */
        pool?: string | string;
        state?: NodeState;
    };
    url: '/v1/clusters/{cluster}/nodes';
};

export type ListNodesErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListNodesError = ListNodesErrors[keyof ListNodesErrors];

export type ListNodesResponses = {
    /**
     * one page
     */
    200: {
        items: Array<Node>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListNodesResponse = ListNodesResponses[keyof ListNodesResponses];

export type ReadNodeData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/nodes/{node}';
};

export type ReadNodeErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadNodeError = ReadNodeErrors[keyof ReadNodeErrors];

export type ReadNodeResponses = {
    /**
     * the node
     */
    200: Node;
};

export type ReadNodeResponse = ReadNodeResponses[keyof ReadNodeResponses];

export type ListNodeAppraisalsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/nodes/{node}/appraisals';
};

export type ListNodeAppraisalsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListNodeAppraisalsError = ListNodeAppraisalsErrors[keyof ListNodeAppraisalsErrors];

export type ListNodeAppraisalsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<Appraisal>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListNodeAppraisalsResponse = ListNodeAppraisalsResponses[keyof ListNodeAppraisalsResponses];

export type AttestNodeData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/nodes/{node}/attest';
};

export type AttestNodeErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `node-offline`, `node-state-conflict`, `policy-none-active`
     */
    409: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
    /**
     * `timeout`
     */
    504: Problem;
};

export type AttestNodeError = AttestNodeErrors[keyof AttestNodeErrors];

export type AttestNodeResponses = {
    /**
     * what came of it
     */
    200: Appraisal;
};

export type AttestNodeResponse = AttestNodeResponses[keyof AttestNodeResponses];

export type ReadNodeEvidenceData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/nodes/{node}/evidence';
};

export type ReadNodeEvidenceErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadNodeEvidenceError = ReadNodeEvidenceErrors[keyof ReadNodeEvidenceErrors];

export type ReadNodeEvidenceResponses = {
    /**
     * the evidence
     */
    200: StoredEvidence;
};

export type ReadNodeEvidenceResponse = ReadNodeEvidenceResponses[keyof ReadNodeEvidenceResponses];

export type QuarantineNodeData = {
    body: NodeReason;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/nodes/{node}/quarantine';
};

export type QuarantineNodeErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `node-state-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type QuarantineNodeError = QuarantineNodeErrors[keyof QuarantineNodeErrors];

export type QuarantineNodeResponses = {
    /**
     * the node as it is now
     */
    200: Node;
};

export type QuarantineNodeResponse = QuarantineNodeResponses[keyof QuarantineNodeResponses];

export type ReleaseNodeData = {
    body: NodeReason;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/nodes/{node}/release';
};

export type ReleaseNodeErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `node-state-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReleaseNodeError = ReleaseNodeErrors[keyof ReleaseNodeErrors];

export type ReleaseNodeResponses = {
    /**
     * the node as it is now
     */
    200: Node;
};

export type ReleaseNodeResponse = ReleaseNodeResponses[keyof ReleaseNodeResponses];

export type RevokeNodeData = {
    body: RevokeNode;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/nodes/{node}/revoke';
};

export type RevokeNodeErrors = {
    /**
     * `body-too-deep`, `confirmation-mismatch`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `node-state-conflict`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type RevokeNodeError = RevokeNodeErrors[keyof RevokeNodeErrors];

export type RevokeNodeResponses = {
    /**
     * the node as it is now
     */
    200: Node;
};

export type RevokeNodeResponse = RevokeNodeResponses[keyof RevokeNodeResponses];

export type CreateVerificationData = {
    body: VerificationRequest;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        node: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/nodes/{node}/verifications';
};

export type CreateVerificationErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `node-unknown`
     */
    404: Problem;
    /**
     * `node-offline`, `node-state-conflict`, `policy-none-active`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
    /**
     * `timeout`
     */
    504: Problem;
};

export type CreateVerificationError = CreateVerificationErrors[keyof CreateVerificationErrors];

export type CreateVerificationResponses = {
    /**
     * evidence, claims and result
     */
    200: Verification;
};

export type CreateVerificationResponse = CreateVerificationResponses[keyof CreateVerificationResponses];

export type ListPoolsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/pools';
};

export type ListPoolsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListPoolsError = ListPoolsErrors[keyof ListPoolsErrors];

export type ListPoolsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<Pool>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListPoolsResponse = ListPoolsResponses[keyof ListPoolsResponses];

export type CreatePoolData = {
    body: CreatePool;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools';
};

export type CreatePoolErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`, `variant-unsupported`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `pool-exists`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type CreatePoolError = CreatePoolErrors[keyof CreatePoolErrors];

export type CreatePoolResponses = {
    /**
     * created
     */
    201: Pool;
};

export type CreatePoolResponse = CreatePoolResponses[keyof CreatePoolResponses];

export type DeletePoolData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}';
};

export type DeletePoolErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `pool-not-empty`
     */
    409: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type DeletePoolError = DeletePoolErrors[keyof DeletePoolErrors];

export type DeletePoolResponses = {
    /**
     * deleted
     */
    204: void;
};

export type DeletePoolResponse = DeletePoolResponses[keyof DeletePoolResponses];

export type ReadPoolData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}';
};

export type ReadPoolErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadPoolError = ReadPoolErrors[keyof ReadPoolErrors];

export type ReadPoolResponses = {
    /**
     * the pool
     */
    200: Pool;
};

export type ReadPoolResponse = ReadPoolResponses[keyof ReadPoolResponses];

export type UpdatePoolData = {
    body: UpdatePool;
    headers: {
        /**
         * `ETag` of the resource as it was read
         */
        'If-Match': string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}';
};

export type UpdatePoolErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `precondition-failed`
     */
    412: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `precondition-missing`
     */
    428: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type UpdatePoolError = UpdatePoolErrors[keyof UpdatePoolErrors];

export type UpdatePoolResponses = {
    /**
     * the pool as it is now
     */
    200: Pool;
};

export type UpdatePoolResponse = UpdatePoolResponses[keyof UpdatePoolResponses];

export type ListPoliciesData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/pools/{pool}/policies';
};

export type ListPoliciesErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListPoliciesError = ListPoliciesErrors[keyof ListPoliciesErrors];

export type ListPoliciesResponses = {
    /**
     * one page
     */
    200: {
        items: Array<PolicyVersion>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListPoliciesResponse = ListPoliciesResponses[keyof ListPoliciesResponses];

export type CreatePolicyData = {
    body: CreatePolicy;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}/policies';
};

export type CreatePolicyErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `policy-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type CreatePolicyError = CreatePolicyErrors[keyof CreatePolicyErrors];

export type CreatePolicyResponses = {
    /**
     * stored
     */
    201: PolicyVersion;
};

export type CreatePolicyResponse = CreatePolicyResponses[keyof CreatePolicyResponses];

export type DryRunPolicyData = {
    body: DryRunRequest;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/dry-run';
};

export type DryRunPolicyErrors = {
    /**
     * `body-too-deep`, `policy-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type DryRunPolicyError = DryRunPolicyErrors[keyof DryRunPolicyErrors];

export type DryRunPolicyResponses = {
    /**
     * what would become of each node
     */
    200: DryRun;
};

export type DryRunPolicyResponse = DryRunPolicyResponses[keyof DryRunPolicyResponses];

export type ImportMeasurementsData = {
    body: ImportMeasurements;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/import-measurements';
};

export type ImportMeasurementsErrors = {
    /**
     * `body-too-deep`, `measurements-invalid`, `policy-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `measurements-refused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ImportMeasurementsError = ImportMeasurementsErrors[keyof ImportMeasurementsErrors];

export type ImportMeasurementsResponses = {
    /**
     * the document with the values
     */
    200: ImportedMeasurements;
};

export type ImportMeasurementsResponse = ImportMeasurementsResponses[keyof ImportMeasurementsResponses];

export type RollbackPolicyData = {
    body?: never;
    headers: {
        /**
         * `ETag` of the resource as it was read
         */
        'If-Match': string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/rollback';
};

export type RollbackPolicyErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `policy-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `precondition-failed`
     */
    412: Problem;
    /**
     * `precondition-missing`
     */
    428: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type RollbackPolicyError = RollbackPolicyErrors[keyof RollbackPolicyErrors];

export type RollbackPolicyResponses = {
    /**
     * the version that is active now
     */
    200: PolicyVersion;
};

export type RollbackPolicyResponse = RollbackPolicyResponses[keyof RollbackPolicyResponses];

export type ReadPolicyData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
        version: number;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/{version}';
};

export type ReadPolicyErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `policy-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadPolicyError = ReadPolicyErrors[keyof ReadPolicyErrors];

export type ReadPolicyResponses = {
    /**
     * the version
     */
    200: PolicyVersion;
};

export type ReadPolicyResponse = ReadPolicyResponses[keyof ReadPolicyResponses];

export type ActivatePolicyData = {
    body?: never;
    headers: {
        /**
         * `ETag` of the resource as it was read
         */
        'If-Match': string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID or name
         */
        pool: string | string;
        version: number;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/{version}/activate';
};

export type ActivatePolicyErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `policy-unknown`, `pool-unknown`
     */
    404: Problem;
    /**
     * `precondition-failed`
     */
    412: Problem;
    /**
     * `precondition-missing`
     */
    428: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ActivatePolicyError = ActivatePolicyErrors[keyof ActivatePolicyErrors];

export type ActivatePolicyResponses = {
    /**
     * the version that is active now
     */
    200: PolicyVersion;
};

export type ActivatePolicyResponse = ActivatePolicyResponses[keyof ActivatePolicyResponses];

export type ListClusterRecoverySetsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/recovery-sets';
};

export type ListClusterRecoverySetsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListClusterRecoverySetsError = ListClusterRecoverySetsErrors[keyof ListClusterRecoverySetsErrors];

export type ListClusterRecoverySetsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<RecoverySet>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListClusterRecoverySetsResponse = ListClusterRecoverySetsResponses[keyof ListClusterRecoverySetsResponses];

export type CreateClusterRecoverySetData = {
    body: CreateRecoverySet;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/recovery-sets';
};

export type CreateClusterRecoverySetErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type CreateClusterRecoverySetError = CreateClusterRecoverySetErrors[keyof CreateClusterRecoverySetErrors];

export type CreateClusterRecoverySetResponses = {
    /**
     * the set, and its shares, each encrypted to one person
     */
    201: CreatedRecoverySet;
};

export type CreateClusterRecoverySetResponse = CreateClusterRecoverySetResponses[keyof CreateClusterRecoverySetResponses];

export type ListRewrapsData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/rewraps';
};

export type ListRewrapsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListRewrapsError = ListRewrapsErrors[keyof ListRewrapsErrors];

export type ListRewrapsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<Rewrap>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListRewrapsResponse = ListRewrapsResponses[keyof ListRewrapsResponses];

export type CreateRewrapData = {
    body: CreateRewrap;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/rewraps';
};

export type CreateRewrapErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `kek-provider-unknown`
     */
    404: Problem;
    /**
     * `key-mode-conflict`, `rewrap-running`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type CreateRewrapError = CreateRewrapErrors[keyof CreateRewrapErrors];

export type CreateRewrapResponses = {
    /**
     * begun
     */
    201: Rewrap;
};

export type CreateRewrapResponse = CreateRewrapResponses[keyof CreateRewrapResponses];

export type ReadRewrapData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        rewrap: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/rewraps/{rewrap}';
};

export type ReadRewrapErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `rewrap-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadRewrapError = ReadRewrapErrors[keyof ReadRewrapErrors];

export type ReadRewrapResponses = {
    /**
     * the rewrap
     */
    200: Rewrap;
};

export type ReadRewrapResponse = ReadRewrapResponses[keyof ReadRewrapResponses];

export type CancelRewrapData = {
    body?: never;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        /**
         * UUID
         */
        rewrap: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/rewraps/{rewrap}/cancel';
};

export type CancelRewrapErrors = {
    /**
     * `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `rewrap-unknown`
     */
    404: Problem;
    /**
     * `key-state-conflict`
     */
    409: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type CancelRewrapError = CancelRewrapErrors[keyof CancelRewrapErrors];

export type CancelRewrapResponses = {
    /**
     * the rewrap as it is now
     */
    200: Rewrap;
};

export type CancelRewrapResponse = CancelRewrapResponses[keyof CancelRewrapResponses];

export type ListStateDisksData = {
    body?: never;
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
    };
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/clusters/{cluster}/state-disks';
};

export type ListStateDisksErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListStateDisksError = ListStateDisksErrors[keyof ListStateDisksErrors];

export type ListStateDisksResponses = {
    /**
     * one page
     */
    200: {
        items: Array<StateDisk>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListStateDisksResponse = ListStateDisksResponses[keyof ListStateDisksResponses];

export type AcceptRollbackData = {
    body: AcceptRollback;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * UUID or name
         */
        cluster: string | string;
        disk: string;
    };
    query?: never;
    url: '/v1/clusters/{cluster}/state-disks/{disk}/accept-rollback';
};

export type AcceptRollbackErrors = {
    /**
     * `body-too-deep`, `confirmation-mismatch`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`, `state-disk-unknown`
     */
    404: Problem;
    /**
     * `rollback-none`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type AcceptRollbackError = AcceptRollbackErrors[keyof AcceptRollbackErrors];

export type AcceptRollbackResponses = {
    /**
     * the disk as it is now
     */
    200: StateDisk;
};

export type AcceptRollbackResponse = AcceptRollbackResponses[keyof AcceptRollbackResponses];

export type ListCollateralData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/collateral';
};

export type ListCollateralErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListCollateralError = ListCollateralErrors[keyof ListCollateralErrors];

export type ListCollateralResponses = {
    /**
     * one page
     */
    200: {
        items: Array<CollateralEntry>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListCollateralResponse = ListCollateralResponses[keyof ListCollateralResponses];

export type ExportCollateralData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/collateral/bundle';
};

export type ExportCollateralErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ExportCollateralError = ExportCollateralErrors[keyof ExportCollateralErrors];

export type ExportCollateralResponses = {
    /**
     * the bundle
     */
    200: CollateralBundle;
};

export type ExportCollateralResponse = ExportCollateralResponses[keyof ExportCollateralResponses];

export type ImportCollateralData = {
    body: CollateralBundle;
    path?: never;
    query?: never;
    url: '/v1/collateral/bundle';
};

export type ImportCollateralErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ImportCollateralError = ImportCollateralErrors[keyof ImportCollateralErrors];

export type ImportCollateralResponses = {
    /**
     * what was taken and what was not
     */
    200: CollateralImport;
};

export type ImportCollateralResponse = ImportCollateralResponses[keyof ImportCollateralResponses];

export type FollowEventsData = {
    body?: never;
    headers?: {
        /**
         * goes on after this event
         */
        'Last-Event-ID'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/events';
};

export type FollowEventsErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type FollowEventsError = FollowEventsErrors[keyof FollowEventsErrors];

export type FollowEventsResponses = {
    /**
     * a stream without end; a comment line every 15 s shows that it is alive
     */
    200: PlatformEvent;
};

export type FollowEventsResponse = FollowEventsResponses[keyof FollowEventsResponses];

export type ListKekProvidersData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/kek-providers';
};

export type ListKekProvidersErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListKekProvidersError = ListKekProvidersErrors[keyof ListKekProvidersErrors];

export type ListKekProvidersResponses = {
    /**
     * all of them
     */
    200: KekProviders;
};

export type ListKekProvidersResponse = ListKekProvidersResponses[keyof ListKekProvidersResponses];

export type ReadRecoveryData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/recovery';
};

export type ReadRecoveryErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type ReadRecoveryError = ReadRecoveryErrors[keyof ReadRecoveryErrors];

export type ReadRecoveryResponses = {
    /**
     * state of recovery
     */
    200: RecoveryStatus;
};

export type ReadRecoveryResponse = ReadRecoveryResponses[keyof ReadRecoveryResponses];

export type ListRecoverySetsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/recovery-sets';
};

export type ListRecoverySetsErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListRecoverySetsError = ListRecoverySetsErrors[keyof ListRecoverySetsErrors];

export type ListRecoverySetsResponses = {
    /**
     * one page
     */
    200: {
        items: Array<RecoverySet>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListRecoverySetsResponse = ListRecoverySetsResponses[keyof ListRecoverySetsResponses];

export type CreateRecoverySetData = {
    body: CreateRecoverySet;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/recovery-sets';
};

export type CreateRecoverySetErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type CreateRecoverySetError = CreateRecoverySetErrors[keyof CreateRecoverySetErrors];

export type CreateRecoverySetResponses = {
    /**
     * the set, and its shares, each encrypted to one person
     */
    201: CreatedRecoverySet;
};

export type CreateRecoverySetResponse = CreateRecoverySetResponses[keyof CreateRecoverySetResponses];

export type DiscardRecoverySharesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/recovery/shares';
};

export type DiscardRecoverySharesErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type DiscardRecoverySharesError = DiscardRecoverySharesErrors[keyof DiscardRecoverySharesErrors];

export type DiscardRecoverySharesResponses = {
    /**
     * forgotten
     */
    204: void;
};

export type DiscardRecoverySharesResponse = DiscardRecoverySharesResponses[keyof DiscardRecoverySharesResponses];

export type SubmitRecoveryShareData = {
    body: SubmitShare;
    path?: never;
    query?: never;
    url: '/v1/recovery/shares';
};

export type SubmitRecoveryShareErrors = {
    /**
     * `body-too-deep`, `recovery-share-malformed`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `not-sealed`, `recovery-share-repeated`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `recovery-secret-wrong`, `recovery-share-foreign`, `recovery-share-superseded`, `recovery-share-wrong`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type SubmitRecoveryShareError = SubmitRecoveryShareErrors[keyof SubmitRecoveryShareErrors];

export type SubmitRecoveryShareResponses = {
    /**
     * what is here now, and whether it was enough
     */
    200: RecoveryProgress;
};

export type SubmitRecoveryShareResponse = SubmitRecoveryShareResponses[keyof SubmitRecoveryShareResponses];

export type ReadSealData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/seal';
};

export type ReadSealErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadSealError = ReadSealErrors[keyof ReadSealErrors];

export type ReadSealResponses = {
    /**
     * the seal as this replica has it
     */
    200: SealStatus;
};

export type ReadSealResponse = ReadSealResponses[keyof ReadSealResponses];

export type ReplaceKekData = {
    body: ReplaceKek;
    path?: never;
    query?: never;
    url: '/v1/seal/kek';
};

export type ReplaceKekErrors = {
    /**
     * `body-too-deep`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `not-sealed`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `kek-undecided`, `shutting-down`
     */
    503: Problem;
};

export type ReplaceKekError = ReplaceKekErrors[keyof ReplaceKekErrors];

export type ReplaceKekResponses = {
    /**
     * open, with a new KEK
     */
    200: SealStatus;
};

export type ReplaceKekResponse = ReplaceKekResponses[keyof ReplaceKekResponses];

export type CreateSealSlotData = {
    body: CreateSealSlot;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/seal/slots';
};

export type CreateSealSlotErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `seal-slot-unsupported`
     */
    409: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `kek-undecided`, `overloaded`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type CreateSealSlotError = CreateSealSlotErrors[keyof CreateSealSlotErrors];

export type CreateSealSlotResponses = {
    /**
     * added
     */
    201: SealSlot;
};

export type CreateSealSlotResponse = CreateSealSlotResponses[keyof CreateSealSlotResponses];

export type RemoveSealSlotData = {
    body?: never;
    path: {
        /**
         * UUID
         */
        slot: string;
    };
    query?: never;
    url: '/v1/seal/slots/{slot}';
};

export type RemoveSealSlotErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `seal-slot-unknown`
     */
    404: Problem;
    /**
     * `seal-slot-last`
     */
    409: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `sealed`, `shutting-down`
     */
    503: Problem;
};

export type RemoveSealSlotError = RemoveSealSlotErrors[keyof RemoveSealSlotErrors];

export type RemoveSealSlotResponses = {
    /**
     * removed
     */
    204: void;
};

export type RemoveSealSlotResponse = RemoveSealSlotResponses[keyof RemoveSealSlotResponses];

export type UnsealData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/seal/unseal';
};

export type UnsealErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type UnsealError = UnsealErrors[keyof UnsealErrors];

export type UnsealResponses = {
    /**
     * the seal after the attempt
     */
    200: SealStatus;
};

export type UnsealResponse = UnsealResponses[keyof UnsealResponses];

export type DeleteSessionData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/session';
};

export type DeleteSessionErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type DeleteSessionError = DeleteSessionErrors[keyof DeleteSessionErrors];

export type DeleteSessionResponses = {
    /**
     * signed out
     */
    204: void;
};

export type DeleteSessionResponse = DeleteSessionResponses[keyof DeleteSessionResponses];

export type ReadSessionData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/session';
};

export type ReadSessionErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ReadSessionError = ReadSessionErrors[keyof ReadSessionErrors];

export type ReadSessionResponses = {
    /**
     * the caller
     */
    200: Session;
};

export type ReadSessionResponse = ReadSessionResponses[keyof ReadSessionResponses];

export type CreateSessionData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/sessions';
};

export type CreateSessionErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type CreateSessionError = CreateSessionErrors[keyof CreateSessionErrors];

export type CreateSessionResponses = {
    /**
     * signed in; the secret is shown once
     */
    201: CreatedToken;
};

export type CreateSessionResponse = CreateSessionResponses[keyof CreateSessionResponses];

export type CreateSignInLinkData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/sign-in-links';
};

export type CreateSignInLinkErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type CreateSignInLinkError = CreateSignInLinkErrors[keyof CreateSignInLinkErrors];

export type CreateSignInLinkResponses = {
    /**
     * shown once
     */
    201: SignInLink;
};

export type CreateSignInLinkResponse = CreateSignInLinkResponses[keyof CreateSignInLinkResponses];

export type ListTokensData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * from `nextCursor` of the page before
         */
        cursor?: string;
        limit?: number;
    };
    url: '/v1/tokens';
};

export type ListTokensErrors = {
    /**
     * `cursor-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type ListTokensError = ListTokensErrors[keyof ListTokensErrors];

export type ListTokensResponses = {
    /**
     * one page
     */
    200: {
        items: Array<Token>;
        /**
         * pass as `cursor` to read on; null on the last page
         */
        nextCursor: string | null;
    };
};

export type ListTokensResponse = ListTokensResponses[keyof ListTokensResponses];

export type CreateTokenData = {
    body: CreateToken;
    headers?: {
        /**
         * a repeat with the same key and body makes nothing twice
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/tokens';
};

export type CreateTokenErrors = {
    /**
     * `body-too-deep`, `idempotency-key-invalid`, `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `cluster-unknown`
     */
    404: Problem;
    /**
     * `body-too-large`
     */
    413: Problem;
    /**
     * `media-type-unsupported`
     */
    415: Problem;
    /**
     * `idempotency-key-reused`
     */
    422: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `overloaded`, `shutting-down`
     */
    503: Problem;
};

export type CreateTokenError = CreateTokenErrors[keyof CreateTokenErrors];

export type CreateTokenResponses = {
    /**
     * created
     */
    201: CreatedToken;
};

export type CreateTokenResponse = CreateTokenResponses[keyof CreateTokenResponses];

export type RevokeTokenData = {
    body?: never;
    path: {
        /**
         * UUID
         */
        token: string;
    };
    query?: never;
    url: '/v1/tokens/{token}/revoke';
};

export type RevokeTokenErrors = {
    /**
     * `request-invalid`
     */
    400: Problem;
    /**
     * `credentials-expired`, `credentials-invalid`, `credentials-missing`
     */
    401: Problem;
    /**
     * `permission-denied`
     */
    403: Problem;
    /**
     * `token-unknown`
     */
    404: Problem;
    /**
     * `rate-limited`
     */
    429: Problem;
    /**
     * `internal`
     */
    500: Problem;
    /**
     * `database-unavailable`, `shutting-down`
     */
    503: Problem;
};

export type RevokeTokenError = RevokeTokenErrors[keyof RevokeTokenErrors];

export type RevokeTokenResponses = {
    /**
     * the token as it is now
     */
    200: Token;
};

export type RevokeTokenResponse = RevokeTokenResponses[keyof RevokeTokenResponses];
