// Generated from openapi/operator.v1.json by `npm run contract`. Never edited.
// @ts-nocheck

import { client } from './client.gen.ts';
import type { Client, ClientMeta, Options as Options2, RequestResult, ServerSentEventsResult, TDataShape } from './client/index.ts';
import type { AcceptRollbackData, AcceptRollbackErrors, AcceptRollbackResponses, ActivatePolicyData, ActivatePolicyErrors, ActivatePolicyResponses, ApplyAccessData, ApplyAccessErrors, ApplyAccessResponses, ApproveEnrolmentData, ApproveEnrolmentErrors, ApproveEnrolmentResponses, ApproveSshGrantData, ApproveSshGrantErrors, ApproveSshGrantResponses, AttestNodeData, AttestNodeErrors, AttestNodeResponses, CancelRewrapData, CancelRewrapErrors, CancelRewrapResponses, CreateBackupData, CreateBackupErrors, CreateBackupResponses, CreateClusterData, CreateClusterErrors, CreateClusterRecoverySetData, CreateClusterRecoverySetErrors, CreateClusterRecoverySetResponses, CreateClusterResponses, CreatePolicyData, CreatePolicyErrors, CreatePolicyResponses, CreatePoolData, CreatePoolErrors, CreatePoolResponses, CreateRecoverySetData, CreateRecoverySetErrors, CreateRecoverySetResponses, CreateRewrapData, CreateRewrapErrors, CreateRewrapResponses, CreateSealSlotData, CreateSealSlotErrors, CreateSealSlotResponses, CreateSessionData, CreateSessionErrors, CreateSessionResponses, CreateSignInLinkData, CreateSignInLinkErrors, CreateSignInLinkResponses, CreateSshCertificateData, CreateSshCertificateErrors, CreateSshCertificateResponses, CreateSshGrantData, CreateSshGrantErrors, CreateSshGrantResponses, CreateTokenData, CreateTokenErrors, CreateTokenResponses, CreateVerificationData, CreateVerificationErrors, CreateVerificationResponses, DeclareKeyData, DeclareKeyErrors, DeclareKeyResponses, DeleteClusterData, DeleteClusterErrors, DeleteClusterResponses, DeletePoolData, DeletePoolErrors, DeletePoolResponses, DeleteSessionData, DeleteSessionErrors, DeleteSessionResponses, DenyEnrolmentData, DenyEnrolmentErrors, DenyEnrolmentResponses, DenySshGrantData, DenySshGrantErrors, DenySshGrantResponses, DestroyKeyVersionData, DestroyKeyVersionErrors, DestroyKeyVersionResponses, DiscardRecoverySharesData, DiscardRecoverySharesErrors, DiscardRecoverySharesResponses, DryRunPolicyData, DryRunPolicyErrors, DryRunPolicyResponses, EndSshGrantData, EndSshGrantErrors, EndSshGrantResponses, ExportCollateralData, ExportCollateralErrors, ExportCollateralResponses, FollowAuditData, FollowAuditErrors, FollowAuditResponse, FollowAuditResponses, FollowClusterEventsData, FollowClusterEventsErrors, FollowClusterEventsResponse, FollowClusterEventsResponses, FollowEventsData, FollowEventsErrors, FollowEventsResponse, FollowEventsResponses, ImportCollateralData, ImportCollateralErrors, ImportCollateralResponses, ImportMeasurementsData, ImportMeasurementsErrors, ImportMeasurementsResponses, ListAuditData, ListAuditErrors, ListAuditResponses, ListClusterRecoverySetsData, ListClusterRecoverySetsErrors, ListClusterRecoverySetsResponses, ListClustersData, ListClustersErrors, ListClustersResponses, ListCollateralData, ListCollateralErrors, ListCollateralResponses, ListEnrolmentsData, ListEnrolmentsErrors, ListEnrolmentsResponses, ListKekProvidersData, ListKekProvidersErrors, ListKekProvidersResponses, ListKeysData, ListKeysErrors, ListKeysResponses, ListNodeAccessData, ListNodeAccessErrors, ListNodeAccessResponses, ListNodeAppraisalsData, ListNodeAppraisalsErrors, ListNodeAppraisalsResponses, ListNodesData, ListNodesErrors, ListNodesResponses, ListPoliciesData, ListPoliciesErrors, ListPoliciesResponses, ListPoolsData, ListPoolsErrors, ListPoolsResponses, ListRecoverySetsData, ListRecoverySetsErrors, ListRecoverySetsResponses, ListRevokedSshKeysData, ListRevokedSshKeysErrors, ListRevokedSshKeysResponses, ListRewrapsData, ListRewrapsErrors, ListRewrapsResponses, ListSshAuthoritiesData, ListSshAuthoritiesErrors, ListSshAuthoritiesResponses, ListSshCertificatesData, ListSshCertificatesErrors, ListSshCertificatesResponses, ListSshGrantsData, ListSshGrantsErrors, ListSshGrantsResponses, ListSshSessionsData, ListSshSessionsErrors, ListSshSessionsResponses, ListStateDisksData, ListStateDisksErrors, ListStateDisksResponses, ListTokensData, ListTokensErrors, ListTokensResponses, PlanAccessData, PlanAccessErrors, PlanAccessResponses, PutAccessUserData, PutAccessUserErrors, PutAccessUserResponses, QuarantineNodeData, QuarantineNodeErrors, QuarantineNodeResponses, ReadAccessData, ReadAccessErrors, ReadAccessResponses, ReadAgentDocumentData, ReadAgentDocumentErrors, ReadAgentDocumentResponses, ReadClusterData, ReadClusterErrors, ReadClusterResponses, ReadEmergencyKitData, ReadEmergencyKitErrors, ReadEmergencyKitResponses, ReadEnrolmentData, ReadEnrolmentErrors, ReadEnrolmentResponses, ReadJwksData, ReadJwksErrors, ReadJwksResponses, ReadKeyData, ReadKeyErrors, ReadKeyResponses, ReadLivenessData, ReadLivenessErrors, ReadLivenessResponses, ReadMetricsData, ReadMetricsErrors, ReadMetricsResponses, ReadNodeAccessData, ReadNodeAccessErrors, ReadNodeAccessResponses, ReadNodeData, ReadNodeErrors, ReadNodeEvidenceData, ReadNodeEvidenceErrors, ReadNodeEvidenceResponses, ReadNodeResponses, ReadOperatorDocumentData, ReadOperatorDocumentErrors, ReadOperatorDocumentResponses, ReadPolicyData, ReadPolicyErrors, ReadPolicyResponses, ReadPoolData, ReadPoolErrors, ReadPoolResponses, ReadReadinessData, ReadReadinessErrors, ReadReadinessResponses, ReadRecoveryData, ReadRecoveryErrors, ReadRecoveryResponses, ReadRewrapData, ReadRewrapErrors, ReadRewrapResponses, ReadSealData, ReadSealErrors, ReadSealResponses, ReadSessionData, ReadSessionErrors, ReadSessionResponses, ReadSshGrantData, ReadSshGrantErrors, ReadSshGrantResponses, ReadSshKnownHostsData, ReadSshKnownHostsErrors, ReadSshKnownHostsResponses, ReleaseNodeData, ReleaseNodeErrors, ReleaseNodeResponses, RemoveAccessUserData, RemoveAccessUserErrors, RemoveAccessUserResponses, RemoveSealSlotData, RemoveSealSlotErrors, RemoveSealSlotResponses, ReplaceKekData, ReplaceKekErrors, ReplaceKekResponses, RestoreMirrorData, RestoreMirrorErrors, RestoreMirrorResponses, RetireKeyVersionData, RetireKeyVersionErrors, RetireKeyVersionResponses, RevokeNodeData, RevokeNodeErrors, RevokeNodeResponses, RevokeSshAuthorityData, RevokeSshAuthorityErrors, RevokeSshAuthorityResponses, RevokeSshCertificateData, RevokeSshCertificateErrors, RevokeSshCertificateResponses, RevokeSshKeyData, RevokeSshKeyErrors, RevokeSshKeyResponses, RevokeTokenData, RevokeTokenErrors, RevokeTokenResponses, RollbackPolicyData, RollbackPolicyErrors, RollbackPolicyResponses, RotateKeyData, RotateKeyErrors, RotateKeyResponses, RotateSshAuthorityData, RotateSshAuthorityErrors, RotateSshAuthorityResponses, SubmitRecoveryShareData, SubmitRecoveryShareErrors, SubmitRecoveryShareResponses, UnsealData, UnsealErrors, UnsealResponses, UpdateClusterData, UpdateClusterErrors, UpdateClusterResponses, UpdatePoolData, UpdatePoolErrors, UpdatePoolResponses, VerifyAuditData, VerifyAuditErrors, VerifyAuditResponses } from './types.gen.ts';

export type Options<TData extends TDataShape = TDataShape, ThrowOnError extends boolean = boolean, TResponse = unknown> = Options2<TData, ThrowOnError, TResponse> & {
    /**
     * You can provide a client instance returned by `createClient()` instead of
     * individual options. This might be also useful if you want to implement a
     * custom client.
     */
    client?: Client;
    /**
     * You can pass arbitrary values through the `meta` object. This can be
     * used to access values that aren't defined as part of the SDK function.
     */
    meta?: keyof ClientMeta extends never ? Record<string, unknown> : ClientMeta;
};

/**
 * Read the keys that results are signed with
 *
 * For attestation results and signed audit heads (ES256). Keep a copy of your own: it is what you trust.
 */
export const readJwks = <ThrowOnError extends boolean = false>(options?: Options<ReadJwksData, ThrowOnError>): RequestResult<ReadJwksResponses, ReadJwksErrors, ThrowOnError> => (options?.client ?? client).get<ReadJwksResponses, ReadJwksErrors, ThrowOnError>({ url: '/.well-known/jwks.json', ...options });

/**
 * Is the process alive
 *
 * Answers as long as the process does; restart it when this does not answer.
 */
export const readLiveness = <ThrowOnError extends boolean = false>(options?: Options<ReadLivenessData, ThrowOnError>): RequestResult<ReadLivenessResponses, ReadLivenessErrors, ThrowOnError> => (options?.client ?? client).get<ReadLivenessResponses, ReadLivenessErrors, ThrowOnError>({ url: '/health/live', ...options });

/**
 * Can the process serve
 *
 * Database reachable, not stopping. Send no requests to a replica that is not ready. `sealed`: the keys are sealed; what needs none is served, so is recovery.
 */
export const readReadiness = <ThrowOnError extends boolean = false>(options?: Options<ReadReadinessData, ThrowOnError>): RequestResult<ReadReadinessResponses, ReadReadinessErrors, ThrowOnError> => (options?.client ?? client).get<ReadReadinessResponses, ReadReadinessErrors, ThrowOnError>({ url: '/health/ready', ...options });

/**
 * Read metrics
 *
 * Prometheus text format. No id, name or address is in it.
 */
export const readMetrics = <ThrowOnError extends boolean = false>(options?: Options<ReadMetricsData, ThrowOnError>): RequestResult<ReadMetricsResponses, ReadMetricsErrors, ThrowOnError> => (options?.client ?? client).get<ReadMetricsResponses, ReadMetricsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/metrics',
    ...options
});

/**
 * Read the agents’ document
 *
 * The contract of the node listener, which is another address than this one.
 */
export const readAgentDocument = <ThrowOnError extends boolean = false>(options?: Options<ReadAgentDocumentData, ThrowOnError>): RequestResult<ReadAgentDocumentResponses, ReadAgentDocumentErrors, ThrowOnError> => (options?.client ?? client).get<ReadAgentDocumentResponses, ReadAgentDocumentErrors, ThrowOnError>({ url: '/openapi/agent.v1.json', ...options });

/**
 * Read this document
 *
 * The contract of the operator listener.
 */
export const readOperatorDocument = <ThrowOnError extends boolean = false>(options?: Options<ReadOperatorDocumentData, ThrowOnError>): RequestResult<ReadOperatorDocumentResponses, ReadOperatorDocumentErrors, ThrowOnError> => (options?.client ?? client).get<ReadOperatorDocumentResponses, ReadOperatorDocumentErrors, ThrowOnError>({ url: '/openapi/operator.v1.json', ...options });

/**
 * List audit records
 *
 * Of the clusters that the caller may audit; records that belong to none only with a global role.
 */
export const listAudit = <ThrowOnError extends boolean = false>(options?: Options<ListAuditData, ThrowOnError>): RequestResult<ListAuditResponses, ListAuditErrors, ThrowOnError> => (options?.client ?? client).get<ListAuditResponses, ListAuditErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/audit',
    ...options
});

/**
 * Follow audit records
 *
 * Server-sent events: records from now on, or after `Last-Event-ID` without a gap.
 */
export const followAudit = <ThrowOnError extends boolean = false>(options?: Options<FollowAuditData, ThrowOnError, FollowAuditResponse>): Promise<ServerSentEventsResult<FollowAuditResponses>> => (options?.client ?? client).sse.get<FollowAuditResponses, FollowAuditErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/audit/stream',
    ...options
});

/**
 * Verify the audit chain
 *
 * Computes every hash again, says where the chain breaks if it does, and signs its head. Keep a signed head elsewhere: it proves later that nothing up to it was cut off or rewritten. Needs a role over everything.
 */
export const verifyAudit = <ThrowOnError extends boolean = false>(options?: Options<VerifyAuditData, ThrowOnError>): RequestResult<VerifyAuditResponses, VerifyAuditErrors, ThrowOnError> => (options?.client ?? client).get<VerifyAuditResponses, VerifyAuditErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/audit/verify',
    ...options
});

/**
 * Back the API’s state up
 *
 * Everything that lasts, as of one moment, compressed and encrypted to age recipients as it is read. Keys stay sealed in it: a restored API opens by its seal or by recovery shares. An answer that was cut off is no backup, and `asterism restore` says so.
 */
export const createBackup = <ThrowOnError extends boolean = false>(options: Options<CreateBackupData, ThrowOnError>): RequestResult<CreateBackupResponses, CreateBackupErrors, ThrowOnError> => (options.client ?? client).post<CreateBackupResponses, CreateBackupErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/backups',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List clusters
 *
 * The clusters that the caller may see, oldest first.
 */
export const listClusters = <ThrowOnError extends boolean = false>(options?: Options<ListClustersData, ThrowOnError>): RequestResult<ListClustersResponses, ListClustersErrors, ThrowOnError> => (options?.client ?? client).get<ListClustersResponses, ListClustersErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters',
    ...options
});

/**
 * Create a cluster
 *
 * Makes the cluster’s root key and its measured identity. The root is stored wrapped and never leaves the API. Keys of disks, volumes and object stores are derived from it (`managed`), or random and wrapped by a configured provider (`external`). A Constellation cluster can be taken over with its master secret.
 */
export const createCluster = <ThrowOnError extends boolean = false>(options: Options<CreateClusterData, ThrowOnError>): RequestResult<CreateClusterResponses, CreateClusterErrors, ThrowOnError> => (options.client ?? client).post<CreateClusterResponses, CreateClusterErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Delete a cluster
 *
 * With its pools, policies, enrolments and keys: state disks of its machines can never be opened again. Refused while it has nodes that are not revoked. Appraisals and audit records stay.
 */
export const deleteCluster = <ThrowOnError extends boolean = false>(options: Options<DeleteClusterData, ThrowOnError>): RequestResult<DeleteClusterResponses, DeleteClusterErrors, ThrowOnError> => (options.client ?? client).delete<DeleteClusterResponses, DeleteClusterErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Read a cluster
 *
 * By id or name. A cluster that the caller may not see answers as one that does not exist.
 */
export const readCluster = <ThrowOnError extends boolean = false>(options: Options<ReadClusterData, ThrowOnError>): RequestResult<ReadClusterResponses, ReadClusterErrors, ThrowOnError> => (options.client ?? client).get<ReadClusterResponses, ReadClusterErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}',
    ...options
});

/**
 * Change a cluster’s description
 *
 * Needs `If-Match`: a change that was made meanwhile is not overwritten.
 */
export const updateCluster = <ThrowOnError extends boolean = false>(options: Options<UpdateClusterData, ThrowOnError>): RequestResult<UpdateClusterResponses, UpdateClusterErrors, ThrowOnError> => (options.client ?? client).patch<UpdateClusterResponses, UpdateClusterErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Read declared access
 *
 * Who may be let in, with which keys, as whom, where, until when, and under which rules.
 */
export const readAccess = <ThrowOnError extends boolean = false>(options: Options<ReadAccessData, ThrowOnError>): RequestResult<ReadAccessResponses, ReadAccessErrors, ThrowOnError> => (options.client ?? client).get<ReadAccessResponses, ReadAccessErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access',
    ...options
});

/**
 * Declare access anew
 *
 * The document is all of it: who is not in it is removed, and what rested on that ends. Needs `If-Match` with the revision that was read or planned with.
 */
export const applyAccess = <ThrowOnError extends boolean = false>(options: Options<ApplyAccessData, ThrowOnError>): RequestResult<ApplyAccessResponses, ApplyAccessErrors, ThrowOnError> => (options.client ?? client).put<ApplyAccessResponses, ApplyAccessErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List SSH authorities
 *
 * Every version of the authorities of users, hosts and emergencies. Their keys are derived from the cluster’s root and kept nowhere.
 */
export const listSshAuthorities = <ThrowOnError extends boolean = false>(options: Options<ListSshAuthoritiesData, ThrowOnError>): RequestResult<ListSshAuthoritiesResponses, ListSshAuthoritiesErrors, ThrowOnError> => (options.client ?? client).get<ListSshAuthoritiesResponses, ListSshAuthoritiesErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/authorities',
    ...options
});

/**
 * Rotate an SSH authority
 *
 * The next version is trusted at once and signs after a minute; the one before is trusted until the last certificate of it is out of time.
 */
export const rotateSshAuthority = <ThrowOnError extends boolean = false>(options: Options<RotateSshAuthorityData, ThrowOnError>): RequestResult<RotateSshAuthorityResponses, RotateSshAuthorityErrors, ThrowOnError> => (options.client ?? client).post<RotateSshAuthorityResponses, RotateSshAuthorityErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/authorities/{kind}/rotate',
    ...options
});

/**
 * Revoke an SSH authority
 *
 * Whatever it signed is refused by every node that hears of it, and open sessions end. Where it was the one that signs, a new version signs at once.
 */
export const revokeSshAuthority = <ThrowOnError extends boolean = false>(options: Options<RevokeSshAuthorityData, ThrowOnError>): RequestResult<RevokeSshAuthorityResponses, RevokeSshAuthorityErrors, ThrowOnError> => (options.client ?? client).post<RevokeSshAuthorityResponses, RevokeSshAuthorityErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/authorities/{kind}/{version}/revoke',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List certificates
 *
 * What is kept of them: serial, names, times. The newest first.
 */
export const listSshCertificates = <ThrowOnError extends boolean = false>(options: Options<ListSshCertificatesData, ThrowOnError>): RequestResult<ListSshCertificatesResponses, ListSshCertificatesErrors, ThrowOnError> => (options.client ?? client).get<ListSshCertificatesResponses, ListSshCertificatesErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/certificates',
    ...options
});

/**
 * Revoke a certificate
 *
 * Nodes refuse it and close its sessions as soon as they hear of it. The grant goes on: end that to end both.
 */
export const revokeSshCertificate = <ThrowOnError extends boolean = false>(options: Options<RevokeSshCertificateData, ThrowOnError>): RequestResult<RevokeSshCertificateResponses, RevokeSshCertificateErrors, ThrowOnError> => (options.client ?? client).post<RevokeSshCertificateResponses, RevokeSshCertificateErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/certificates/{serial}/revoke',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Read the emergency kit
 *
 * What `asterism ssh-emergency` needs beside recovery shares when this API is gone. Nothing in it is secret. Keep a copy elsewhere, and a new one after each rotation of the emergency authority.
 */
export const readEmergencyKit = <ThrowOnError extends boolean = false>(options: Options<ReadEmergencyKitData, ThrowOnError>): RequestResult<ReadEmergencyKitResponses, ReadEmergencyKitErrors, ThrowOnError> => (options.client ?? client).get<ReadEmergencyKitResponses, ReadEmergencyKitErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/emergency-kit',
    ...options
});

/**
 * List grants
 *
 * Who was let in, as whom, where, how long and why; the newest first.
 */
export const listSshGrants = <ThrowOnError extends boolean = false>(options: Options<ListSshGrantsData, ThrowOnError>): RequestResult<ListSshGrantsResponses, ListSshGrantsErrors, ThrowOnError> => (options.client ?? client).get<ListSshGrantsResponses, ListSshGrantsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/grants',
    ...options
});

/**
 * Ask for a grant
 *
 * The user follows from the key, which has to be declared. What is within the declaration and the rules is given at once; what the rules want a second person for waits for an hour.
 */
export const createSshGrant = <ThrowOnError extends boolean = false>(options: Options<CreateSshGrantData, ThrowOnError>): RequestResult<CreateSshGrantResponses, CreateSshGrantErrors, ThrowOnError> => (options.client ?? client).post<CreateSshGrantResponses, CreateSshGrantErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/grants',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Read a grant
 *
 * With who decided and ended it, and how many sessions of it are open.
 */
export const readSshGrant = <ThrowOnError extends boolean = false>(options: Options<ReadSshGrantData, ThrowOnError>): RequestResult<ReadSshGrantResponses, ReadSshGrantErrors, ThrowOnError> => (options.client ?? client).get<ReadSshGrantResponses, ReadSshGrantErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/grants/{grant}',
    ...options
});

/**
 * Approve a grant
 *
 * By a second person, with the fingerprint of the key that was shown. What is declared is looked at again; its time begins now.
 */
export const approveSshGrant = <ThrowOnError extends boolean = false>(options: Options<ApproveSshGrantData, ThrowOnError>): RequestResult<ApproveSshGrantResponses, ApproveSshGrantErrors, ThrowOnError> => (options.client ?? client).post<ApproveSshGrantResponses, ApproveSshGrantErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/grants/{grant}/approve',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Make a certificate of a grant
 *
 * For the grant’s key, as long as the grant lasts and what it rests on is declared. It is in this answer alone, and of no use without the private key.
 */
export const createSshCertificate = <ThrowOnError extends boolean = false>(options: Options<CreateSshCertificateData, ThrowOnError>): RequestResult<CreateSshCertificateResponses, CreateSshCertificateErrors, ThrowOnError> => (options.client ?? client).post<CreateSshCertificateResponses, CreateSshCertificateErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/grants/{grant}/certificates',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Deny a grant
 *
 * By a second person. Whoever asked reads the reason.
 */
export const denySshGrant = <ThrowOnError extends boolean = false>(options: Options<DenySshGrantData, ThrowOnError>): RequestResult<DenySshGrantResponses, DenySshGrantErrors, ThrowOnError> => (options.client ?? client).post<DenySshGrantResponses, DenySshGrantErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/grants/{grant}/deny',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * End a grant
 *
 * Its certificates are revoked, and nodes close its sessions as soon as they hear of it.
 */
export const endSshGrant = <ThrowOnError extends boolean = false>(options: Options<EndSshGrantData, ThrowOnError>): RequestResult<EndSshGrantResponses, EndSshGrantErrors, ThrowOnError> => (options.client ?? client).post<EndSshGrantResponses, EndSshGrantErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/grants/{grant}/end',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Read what to know the nodes’ SSH hosts by
 *
 * Lines for a known_hosts file, and the list of host keys that are not to be taken any more.
 */
export const readSshKnownHosts = <ThrowOnError extends boolean = false>(options: Options<ReadSshKnownHostsData, ThrowOnError>): RequestResult<ReadSshKnownHostsResponses, ReadSshKnownHostsErrors, ThrowOnError> => (options.client ?? client).get<ReadSshKnownHostsResponses, ReadSshKnownHostsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/known-hosts',
    ...options
});

/**
 * List what nodes enforce
 *
 * Which revision is in force on each node, what stands in its way, and which nodes are away. By name.
 */
export const listNodeAccess = <ThrowOnError extends boolean = false>(options: Options<ListNodeAccessData, ThrowOnError>): RequestResult<ListNodeAccessResponses, ListNodeAccessErrors, ThrowOnError> => (options.client ?? client).get<ListNodeAccessResponses, ListNodeAccessErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/nodes',
    ...options
});

/**
 * Read what a node enforces
 *
 * With its addresses and host keys.
 */
export const readNodeAccess = <ThrowOnError extends boolean = false>(options: Options<ReadNodeAccessData, ThrowOnError>): RequestResult<ReadNodeAccessResponses, ReadNodeAccessErrors, ThrowOnError> => (options.client ?? client).get<ReadNodeAccessResponses, ReadNodeAccessErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/nodes/{node}',
    ...options
});

/**
 * Compare a document with what is declared
 *
 * What applying it would add, change and remove, and how many grants it would end. Nothing is changed.
 */
export const planAccess = <ThrowOnError extends boolean = false>(options: Options<PlanAccessData, ThrowOnError>): RequestResult<PlanAccessResponses, PlanAccessErrors, ThrowOnError> => (options.client ?? client).post<PlanAccessResponses, PlanAccessErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/plan',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List revoked keys
 *
 * By fingerprint.
 */
export const listRevokedSshKeys = <ThrowOnError extends boolean = false>(options: Options<ListRevokedSshKeysData, ThrowOnError>): RequestResult<ListRevokedSshKeysResponses, ListRevokedSshKeysErrors, ThrowOnError> => (options.client ?? client).get<ListRevokedSshKeysResponses, ListRevokedSshKeysErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/revoked-keys',
    ...options
});

/**
 * Revoke a key
 *
 * For ever, whoever declares it: a lost laptop. Grants of it end.
 */
export const revokeSshKey = <ThrowOnError extends boolean = false>(options: Options<RevokeSshKeyData, ThrowOnError>): RequestResult<RevokeSshKeyResponses, RevokeSshKeyErrors, ThrowOnError> => (options.client ?? client).post<RevokeSshKeyResponses, RevokeSshKeyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/revoked-keys',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List SSH sessions
 *
 * As nodes report them, the newest first; those that no certificate of this platform let in are here too.
 */
export const listSshSessions = <ThrowOnError extends boolean = false>(options: Options<ListSshSessionsData, ThrowOnError>): RequestResult<ListSshSessionsResponses, ListSshSessionsErrors, ThrowOnError> => (options.client ?? client).get<ListSshSessionsResponses, ListSshSessionsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/sessions',
    ...options
});

/**
 * Declare a user
 *
 * Adds the user, or takes what it is now; grants that rested on what is gone end. Needs `If-Match`.
 */
export const putAccessUser = <ThrowOnError extends boolean = false>(options: Options<PutAccessUserData, ThrowOnError>): RequestResult<PutAccessUserResponses, PutAccessUserErrors, ThrowOnError> => (options.client ?? client).put<PutAccessUserResponses, PutAccessUserErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/users/{user}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Remove a user
 *
 * At once, whatever the revision: grants end, certificates are revoked, sessions are closed, accounts go.
 */
export const removeAccessUser = <ThrowOnError extends boolean = false>(options: Options<RemoveAccessUserData, ThrowOnError>): RequestResult<RemoveAccessUserResponses, RemoveAccessUserErrors, ThrowOnError> => (options.client ?? client).post<RemoveAccessUserResponses, RemoveAccessUserErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/access/users/{user}/remove',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List enrolments
 *
 * Newest first; `state=waiting` are those that an operator may decide.
 */
export const listEnrolments = <ThrowOnError extends boolean = false>(options: Options<ListEnrolmentsData, ThrowOnError>): RequestResult<ListEnrolmentsResponses, ListEnrolmentsErrors, ThrowOnError> => (options.client ?? client).get<ListEnrolmentsResponses, ListEnrolmentsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/enrolments',
    ...options
});

/**
 * Read an enrolment
 *
 * With the appraisal it rests on, or was refused for.
 */
export const readEnrolment = <ThrowOnError extends boolean = false>(options: Options<ReadEnrolmentData, ThrowOnError>): RequestResult<ReadEnrolmentResponses, ReadEnrolmentErrors, ThrowOnError> => (options.client ?? client).get<ReadEnrolmentResponses, ReadEnrolmentErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/enrolments/{enrolment}',
    ...options
});

/**
 * Approve an enrolment
 *
 * For exactly the identity that was shown, which is sent back. The machine gets its grant with its next request, on fresh evidence.
 */
export const approveEnrolment = <ThrowOnError extends boolean = false>(options: Options<ApproveEnrolmentData, ThrowOnError>): RequestResult<ApproveEnrolmentResponses, ApproveEnrolmentErrors, ThrowOnError> => (options.client ?? client).post<ApproveEnrolmentResponses, ApproveEnrolmentErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/enrolments/{enrolment}/approve',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Deny an enrolment
 *
 * The machine’s identity stays taken, so that it cannot ask again elsewhere.
 */
export const denyEnrolment = <ThrowOnError extends boolean = false>(options: Options<DenyEnrolmentData, ThrowOnError>): RequestResult<DenyEnrolmentResponses, DenyEnrolmentErrors, ThrowOnError> => (options.client ?? client).post<DenyEnrolmentResponses, DenyEnrolmentErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/enrolments/{enrolment}/deny',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Follow a cluster’s events
 *
 * Server-sent events of one cluster, from now on, or after `Last-Event-ID` without a gap.
 */
export const followClusterEvents = <ThrowOnError extends boolean = false>(options: Options<FollowClusterEventsData, ThrowOnError, FollowClusterEventsResponse>): Promise<ServerSentEventsResult<FollowClusterEventsResponses>> => (options.client ?? client).sse.get<FollowClusterEventsResponses, FollowClusterEventsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/events',
    ...options
});

/**
 * List key metadata
 *
 * Which keys there are, whose they are and how often they were handed out. Key material is never in it.
 */
export const listKeys = <ThrowOnError extends boolean = false>(options: Options<ListKeysData, ThrowOnError>): RequestResult<ListKeysResponses, ListKeysErrors, ThrowOnError> => (options.client ?? client).get<ListKeysResponses, ListKeysErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/keys',
    ...options
});

/**
 * Declare a key of a volume or an object store
 *
 * With its owner: one node, the nodes of a pool, or every member. A key that is not declared is made when a member first asks for it, and is its pool’s. Nobody outside of the owner gets it.
 */
export const declareKey = <ThrowOnError extends boolean = false>(options: Options<DeclareKeyData, ThrowOnError>): RequestResult<DeclareKeyResponses, DeclareKeyErrors, ThrowOnError> => (options.client ?? client).post<DeclareKeyResponses, DeclareKeyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/keys',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Put wrapped keys back from the mirrors
 *
 * After a restored database that is older than some keys. Only what is missing is put back, only what this installation has signed and the key’s provider opens, and nothing that was destroyed. A disk’s key waits for its own machine.
 */
export const restoreMirror = <ThrowOnError extends boolean = false>(options: Options<RestoreMirrorData, ThrowOnError>): RequestResult<RestoreMirrorResponses, RestoreMirrorErrors, ThrowOnError> => (options.client ?? client).post<RestoreMirrorResponses, RestoreMirrorErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/keys/restore-mirror',
    ...options
});

/**
 * Read the versions of a key
 *
 * The newest first, with who owns it and which of them encrypts.
 */
export const readKey = <ThrowOnError extends boolean = false>(options: Options<ReadKeyData, ThrowOnError>): RequestResult<ReadKeyResponses, ReadKeyErrors, ThrowOnError> => (options.client ?? client).get<ReadKeyResponses, ReadKeyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}',
    ...options
});

/**
 * Rotate a key
 *
 * Makes its next version. Of a volume or object store it encrypts from now on, and older versions only decrypt. Of a state disk it is wanted: the machine adds it to the disk at its next boot, reports it, and then removes the other.
 */
export const rotateKey = <ThrowOnError extends boolean = false>(options: Options<RotateKeyData, ThrowOnError>): RequestResult<RotateKeyResponses, RotateKeyErrors, ThrowOnError> => (options.client ?? client).post<RotateKeyResponses, RotateKeyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}/rotate',
    ...options
});

/**
 * Destroy a version of a key
 *
 * For good: nobody gets it again, and what it encrypted cannot be read. In external mode the wrapped key is deleted, here and from the mirrors. In managed mode it is refused for ever, but whoever has the cluster’s root can derive it.
 */
export const destroyKeyVersion = <ThrowOnError extends boolean = false>(options: Options<DestroyKeyVersionData, ThrowOnError>): RequestResult<DestroyKeyVersionResponses, DestroyKeyVersionErrors, ThrowOnError> => (options.client ?? client).post<DestroyKeyVersionResponses, DestroyKeyVersionErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}/versions/{version}/destroy',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Retire a version of a key
 *
 * Its owner may decrypt with it and encrypts nothing new. Of a state disk, versions are retired by its rotation alone.
 */
export const retireKeyVersion = <ThrowOnError extends boolean = false>(options: Options<RetireKeyVersionData, ThrowOnError>): RequestResult<RetireKeyVersionResponses, RetireKeyVersionErrors, ThrowOnError> => (options.client ?? client).post<RetireKeyVersionResponses, RetireKeyVersionErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/keys/{purpose}/{key}/versions/{version}/retire',
    ...options
});

/**
 * List nodes
 *
 * Oldest first, of one pool or in one state where asked.
 */
export const listNodes = <ThrowOnError extends boolean = false>(options: Options<ListNodesData, ThrowOnError>): RequestResult<ListNodesResponses, ListNodesErrors, ThrowOnError> => (options.client ?? client).get<ListNodesResponses, ListNodesErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes',
    ...options
});

/**
 * Read a node
 *
 * Identity, state, connection and last appraisal.
 */
export const readNode = <ThrowOnError extends boolean = false>(options: Options<ReadNodeData, ThrowOnError>): RequestResult<ReadNodeResponses, ReadNodeErrors, ThrowOnError> => (options.client ?? client).get<ReadNodeResponses, ReadNodeErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}',
    ...options
});

/**
 * List a node’s appraisals
 *
 * Newest first, each with every claim, what was got and what was wanted. Appraisals are never changed.
 */
export const listNodeAppraisals = <ThrowOnError extends boolean = false>(options: Options<ListNodeAppraisalsData, ThrowOnError>): RequestResult<ListNodeAppraisalsResponses, ListNodeAppraisalsErrors, ThrowOnError> => (options.client ?? client).get<ListNodeAppraisalsResponses, ListNodeAppraisalsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}/appraisals',
    ...options
});

/**
 * Attest a node now
 *
 * Asks the node for evidence over a fresh nonce, waits for its answer and appraises it. A refused one quarantines the node; no answer within the deadline is `timeout`, which is not a refusal.
 */
export const attestNode = <ThrowOnError extends boolean = false>(options: Options<AttestNodeData, ThrowOnError>): RequestResult<AttestNodeResponses, AttestNodeErrors, ThrowOnError> => (options.client ?? client).post<AttestNodeResponses, AttestNodeErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}/attest',
    ...options
});

/**
 * Read a node’s latest evidence
 *
 * As it came, with the binding it carries. For fresh evidence over a nonce of your own, verify the node.
 */
export const readNodeEvidence = <ThrowOnError extends boolean = false>(options: Options<ReadNodeEvidenceData, ThrowOnError>): RequestResult<ReadNodeEvidenceResponses, ReadNodeEvidenceErrors, ThrowOnError> => (options.client ?? client).get<ReadNodeEvidenceResponses, ReadNodeEvidenceErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}/evidence',
    ...options
});

/**
 * Quarantine a node
 *
 * Its keys stop until it is released. Anything but a quarantined or revoked node can be quarantined.
 */
export const quarantineNode = <ThrowOnError extends boolean = false>(options: Options<QuarantineNodeData, ThrowOnError>): RequestResult<QuarantineNodeResponses, QuarantineNodeErrors, ThrowOnError> => (options.client ?? client).post<QuarantineNodeResponses, QuarantineNodeErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}/quarantine',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Release a node from quarantine
 *
 * It must prove itself again before it has any right: release is permission to try, not a verdict.
 */
export const releaseNode = <ThrowOnError extends boolean = false>(options: Options<ReleaseNodeData, ThrowOnError>): RequestResult<ReleaseNodeResponses, ReleaseNodeErrors, ThrowOnError> => (options.client ?? client).post<ReleaseNodeResponses, ReleaseNodeErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}/release',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Revoke a node for good
 *
 * Its rights end in the commit that records it, its stream closes, and its machine identity can never enrol again.
 */
export const revokeNode = <ThrowOnError extends boolean = false>(options: Options<RevokeNodeData, ThrowOnError>): RequestResult<RevokeNodeResponses, RevokeNodeErrors, ThrowOnError> => (options.client ?? client).post<RevokeNodeResponses, RevokeNodeErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}/revoke',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Verify a node
 *
 * The node makes evidence over your nonce, bound to cluster, node and its claims. You get the raw evidence, so that you can verify it yourself, and the server’s verdict as signed result. A verdict of `refused` is an answer, not an error.
 */
export const createVerification = <ThrowOnError extends boolean = false>(options: Options<CreateVerificationData, ThrowOnError>): RequestResult<CreateVerificationResponses, CreateVerificationErrors, ThrowOnError> => (options.client ?? client).post<CreateVerificationResponses, CreateVerificationErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/nodes/{node}/verifications',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List pools
 *
 * Oldest first.
 */
export const listPools = <ThrowOnError extends boolean = false>(options: Options<ListPoolsData, ThrowOnError>): RequestResult<ListPoolsResponses, ListPoolsErrors, ThrowOnError> => (options.client ?? client).get<ListPoolsResponses, ListPoolsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools',
    ...options
});

/**
 * Create a pool
 *
 * A set of nodes of one role, one evidence variant and one policy. It accepts no machine until a policy is active.
 */
export const createPool = <ThrowOnError extends boolean = false>(options: Options<CreatePoolData, ThrowOnError>): RequestResult<CreatePoolResponses, CreatePoolErrors, ThrowOnError> => (options.client ?? client).post<CreatePoolResponses, CreatePoolErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Delete a pool
 *
 * With its policies. Refused while it has nodes, revoked ones included: their records keep them out.
 */
export const deletePool = <ThrowOnError extends boolean = false>(options: Options<DeletePoolData, ThrowOnError>): RequestResult<DeletePoolResponses, DeletePoolErrors, ThrowOnError> => (options.client ?? client).delete<DeletePoolResponses, DeletePoolErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}',
    ...options
});

/**
 * Read a pool
 *
 * By id or name. Its `ETag` is also what activating a policy takes as `If-Match`.
 */
export const readPool = <ThrowOnError extends boolean = false>(options: Options<ReadPoolData, ThrowOnError>): RequestResult<ReadPoolResponses, ReadPoolErrors, ThrowOnError> => (options.client ?? client).get<ReadPoolResponses, ReadPoolErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}',
    ...options
});

/**
 * Change a pool’s description
 *
 * Needs `If-Match`. Role and variant never change: make another pool.
 */
export const updatePool = <ThrowOnError extends boolean = false>(options: Options<UpdatePoolData, ThrowOnError>): RequestResult<UpdatePoolResponses, UpdatePoolErrors, ThrowOnError> => (options.client ?? client).patch<UpdatePoolResponses, UpdatePoolErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List a pool’s policy versions
 *
 * Newest first. Versions are never changed or deleted.
 */
export const listPolicies = <ThrowOnError extends boolean = false>(options: Options<ListPoliciesData, ThrowOnError>): RequestResult<ListPoliciesResponses, ListPoliciesErrors, ThrowOnError> => (options.client ?? client).get<ListPoliciesResponses, ListPoliciesErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}/policies',
    ...options
});

/**
 * Add a policy version
 *
 * Stores the next version; nothing changes for nodes until it is activated.
 */
export const createPolicy = <ThrowOnError extends boolean = false>(options: Options<CreatePolicyData, ThrowOnError>): RequestResult<CreatePolicyResponses, CreatePolicyErrors, ThrowOnError> => (options.client ?? client).post<CreatePolicyResponses, CreatePolicyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}/policies',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Try a policy on the pool’s nodes
 *
 * Appraises the latest evidence of every node under the document. Nothing is stored or changed.
 */
export const dryRunPolicy = <ThrowOnError extends boolean = false>(options: Options<DryRunPolicyData, ThrowOnError>): RequestResult<DryRunPolicyResponses, DryRunPolicyErrors, ThrowOnError> => (options.client ?? client).post<DryRunPolicyResponses, DryRunPolicyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/dry-run',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Add the values of a signed measurement file to a document
 *
 * Proves who signed the file (Sigstore bundle or cosign key, nothing is fetched) and answers with the document as it becomes. Only registers that it compares already get values. Nothing is stored: add it as the next version.
 */
export const importMeasurements = <ThrowOnError extends boolean = false>(options: Options<ImportMeasurementsData, ThrowOnError>): RequestResult<ImportMeasurementsResponses, ImportMeasurementsErrors, ThrowOnError> => (options.client ?? client).post<ImportMeasurementsResponses, ImportMeasurementsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/import-measurements',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Go back to the policy that was active before
 *
 * By time of activation. Needs `If-Match` with the pool’s `ETag`.
 */
export const rollbackPolicy = <ThrowOnError extends boolean = false>(options: Options<RollbackPolicyData, ThrowOnError>): RequestResult<RollbackPolicyResponses, RollbackPolicyErrors, ThrowOnError> => (options.client ?? client).post<RollbackPolicyResponses, RollbackPolicyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/rollback',
    ...options
});

/**
 * Read a policy version
 *
 * The document as it was stored.
 */
export const readPolicy = <ThrowOnError extends boolean = false>(options: Options<ReadPolicyData, ThrowOnError>): RequestResult<ReadPolicyResponses, ReadPolicyErrors, ThrowOnError> => (options.client ?? client).get<ReadPolicyResponses, ReadPolicyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/{version}',
    ...options
});

/**
 * Activate a policy version
 *
 * From now on it decides, and every connected node of the pool is appraised again. Needs `If-Match` with the pool’s `ETag`.
 */
export const activatePolicy = <ThrowOnError extends boolean = false>(options: Options<ActivatePolicyData, ThrowOnError>): RequestResult<ActivatePolicyResponses, ActivatePolicyErrors, ThrowOnError> => (options.client ?? client).post<ActivatePolicyResponses, ActivatePolicyErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/pools/{pool}/policies/{version}/activate',
    ...options
});

/**
 * List recovery sets of a cluster’s root
 *
 * Who has a share, and how many recover. Shares are not kept.
 */
export const listClusterRecoverySets = <ThrowOnError extends boolean = false>(options: Options<ListClusterRecoverySetsData, ThrowOnError>): RequestResult<ListClusterRecoverySetsResponses, ListClusterRecoverySetsErrors, ThrowOnError> => (options.client ?? client).get<ListClusterRecoverySetsResponses, ListClusterRecoverySetsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/recovery-sets',
    ...options
});

/**
 * Issue recovery shares of a cluster’s root
 *
 * As for the API’s KEK. With them the cluster recovers also where the KEK is lost for good and a new one was made.
 */
export const createClusterRecoverySet = <ThrowOnError extends boolean = false>(options: Options<CreateClusterRecoverySetData, ThrowOnError>): RequestResult<CreateClusterRecoverySetResponses, CreateClusterRecoverySetErrors, ThrowOnError> => (options.client ?? client).post<CreateClusterRecoverySetResponses, CreateClusterRecoverySetErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/recovery-sets',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List rewraps
 *
 * Newest first.
 */
export const listRewraps = <ThrowOnError extends boolean = false>(options: Options<ListRewrapsData, ThrowOnError>): RequestResult<ListRewrapsResponses, ListRewrapsErrors, ThrowOnError> => (options.client ?? client).get<ListRewrapsResponses, ListRewrapsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/rewraps',
    ...options
});

/**
 * Wrap every data key anew
 *
 * Under another provider, or under the newest version of the same KEK, while the cluster runs. New keys are wrapped by the new provider at once. It waits while a provider is away and goes on by itself; keep the old provider configured until it is done.
 */
export const createRewrap = <ThrowOnError extends boolean = false>(options: Options<CreateRewrapData, ThrowOnError>): RequestResult<CreateRewrapResponses, CreateRewrapErrors, ThrowOnError> => (options.client ?? client).post<CreateRewrapResponses, CreateRewrapErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/rewraps',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Read a rewrap
 *
 * How many keys are done, and why it waits if it does.
 */
export const readRewrap = <ThrowOnError extends boolean = false>(options: Options<ReadRewrapData, ThrowOnError>): RequestResult<ReadRewrapResponses, ReadRewrapErrors, ThrowOnError> => (options.client ?? client).get<ReadRewrapResponses, ReadRewrapErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/rewraps/{rewrap}',
    ...options
});

/**
 * Cancel a rewrap
 *
 * Keys that were wrapped anew stay so: both providers are needed until another rewrap is done. New keys are wrapped by the provider of before.
 */
export const cancelRewrap = <ThrowOnError extends boolean = false>(options: Options<CancelRewrapData, ThrowOnError>): RequestResult<CancelRewrapResponses, CancelRewrapErrors, ThrowOnError> => (options.client ?? client).post<CancelRewrapResponses, CancelRewrapErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/rewraps/{rewrap}/cancel',
    ...options
});

/**
 * List state disks
 *
 * Which machine’s node owns each, the version of its key, how often it was opened, and what was last wrong with it.
 */
export const listStateDisks = <ThrowOnError extends boolean = false>(options: Options<ListStateDisksData, ThrowOnError>): RequestResult<ListStateDisksResponses, ListStateDisksErrors, ThrowOnError> => (options.client ?? client).get<ListStateDisksResponses, ListStateDisksErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/state-disks',
    ...options
});

/**
 * Take an older copy of a state disk
 *
 * A disk that shows an earlier epoch than the record is not opened: somebody put an older copy in its place. If that was you, name the epoch that the node reported: its next boot opens the disk, once.
 */
export const acceptRollback = <ThrowOnError extends boolean = false>(options: Options<AcceptRollbackData, ThrowOnError>): RequestResult<AcceptRollbackResponses, AcceptRollbackErrors, ThrowOnError> => (options.client ?? client).post<AcceptRollbackResponses, AcceptRollbackErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/clusters/{cluster}/state-disks/{disk}/accept-rollback',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * List the collateral that is kept here
 *
 * Certificates, revocation lists and documents of AMD and Intel that evidence is verified with, by kind and key. Keys name the products, chips and platforms of all clusters.
 */
export const listCollateral = <ThrowOnError extends boolean = false>(options?: Options<ListCollateralData, ThrowOnError>): RequestResult<ListCollateralResponses, ListCollateralErrors, ThrowOnError> => (options?.client ?? client).get<ListCollateralResponses, ListCollateralErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/collateral',
    ...options
});

/**
 * Export collateral
 *
 * All that is current, to be imported where there is no way to the vendors.
 */
export const exportCollateral = <ThrowOnError extends boolean = false>(options?: Options<ExportCollateralData, ThrowOnError>): RequestResult<ExportCollateralResponses, ExportCollateralErrors, ThrowOnError> => (options?.client ?? client).get<ExportCollateralResponses, ExportCollateralErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/collateral/bundle',
    ...options
});

/**
 * Import collateral
 *
 * Every item is verified by itself up to the vendor's pinned root: what is expired, forged, malformed or older than what is here is left out and told. Nodes whose last verdict was made with an item that changed are asked again. Larger bundles come in parts.
 */
export const importCollateral = <ThrowOnError extends boolean = false>(options: Options<ImportCollateralData, ThrowOnError>): RequestResult<ImportCollateralResponses, ImportCollateralErrors, ThrowOnError> => (options.client ?? client).post<ImportCollateralResponses, ImportCollateralErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/collateral/bundle',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Follow events
 *
 * Server-sent events of every cluster that the caller may see, from now on, or after `Last-Event-ID` without a gap.
 */
export const followEvents = <ThrowOnError extends boolean = false>(options?: Options<FollowEventsData, ThrowOnError, FollowEventsResponse>): Promise<ServerSentEventsResult<FollowEventsResponses>> => (options?.client ?? client).sse.get<FollowEventsResponses, FollowEventsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/events',
    ...options
});

/**
 * List KEK providers
 *
 * Those of the API’s configuration, each asked now. Addresses, key names and credentials are never in it.
 */
export const listKekProviders = <ThrowOnError extends boolean = false>(options?: Options<ListKekProvidersData, ThrowOnError>): RequestResult<ListKekProvidersResponses, ListKekProvidersErrors, ThrowOnError> => (options?.client ?? client).get<ListKekProvidersResponses, ListKekProvidersErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/kek-providers',
    ...options
});

/**
 * Read what is closed, and which shares are here
 *
 * Of this replica: whether its keys are sealed, which clusters do not open under its KEK, and shares that were submitted and are not enough yet.
 */
export const readRecovery = <ThrowOnError extends boolean = false>(options?: Options<ReadRecoveryData, ThrowOnError>): RequestResult<ReadRecoveryResponses, ReadRecoveryErrors, ThrowOnError> => (options?.client ?? client).get<ReadRecoveryResponses, ReadRecoveryErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/recovery',
    ...options
});

/**
 * List recovery sets of the API’s KEK
 *
 * Who has a share, and how many recover. Shares are not kept.
 */
export const listRecoverySets = <ThrowOnError extends boolean = false>(options?: Options<ListRecoverySetsData, ThrowOnError>): RequestResult<ListRecoverySetsResponses, ListRecoverySetsErrors, ThrowOnError> => (options?.client ?? client).get<ListRecoverySetsResponses, ListRecoverySetsErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/recovery-sets',
    ...options
});

/**
 * Issue recovery shares of the API’s KEK
 *
 * Splits the KEK, and encrypts each share to one person’s age recipient. They are in this answer and nowhere else. A set that was issued before is superseded: this API takes its shares no longer.
 */
export const createRecoverySet = <ThrowOnError extends boolean = false>(options: Options<CreateRecoverySetData, ThrowOnError>): RequestResult<CreateRecoverySetResponses, CreateRecoverySetErrors, ThrowOnError> => (options.client ?? client).post<CreateRecoverySetResponses, CreateRecoverySetErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/recovery-sets',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Forget the shares that were submitted
 *
 * Of all sets, on this replica.
 */
export const discardRecoveryShares = <ThrowOnError extends boolean = false>(options?: Options<DiscardRecoverySharesData, ThrowOnError>): RequestResult<DiscardRecoverySharesResponses, DiscardRecoverySharesErrors, ThrowOnError> => (options?.client ?? client).delete<DiscardRecoverySharesResponses, DiscardRecoverySharesErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/recovery/shares',
    ...options
});

/**
 * Submit a recovery share
 *
 * The decrypted text of a share file, to the same replica as the others. Shares stay in this replica’s memory, for half an hour at most. With the last that is needed the secret is checked, sealed anew, and what was closed opens. A share that is refused changes nothing.
 */
export const submitRecoveryShare = <ThrowOnError extends boolean = false>(options: Options<SubmitRecoveryShareData, ThrowOnError>): RequestResult<SubmitRecoveryShareResponses, SubmitRecoveryShareErrors, ThrowOnError> => (options.client ?? client).post<SubmitRecoveryShareResponses, SubmitRecoveryShareErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/recovery/shares',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Read the seal and its slots
 *
 * Whether this replica has the API’s KEK, and the sealed copies of it. Any slot that opens, opens: on this TPM with these PCR values, with this provider’s KEK, or with the key file.
 */
export const readSeal = <ThrowOnError extends boolean = false>(options?: Options<ReadSealData, ThrowOnError>): RequestResult<ReadSealResponses, ReadSealErrors, ThrowOnError> => (options?.client ?? client).get<ReadSealResponses, ReadSealErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/seal',
    ...options
});

/**
 * Make a new KEK where the old one is lost
 *
 * The last resort: no seal opens, and there are not enough shares of the platform. All slots are removed. Every cluster stays closed until its own recovery shares come; results get a new signing key, the old public keys stay. Refused while this replica is open.
 */
export const replaceKek = <ThrowOnError extends boolean = false>(options: Options<ReplaceKekData, ThrowOnError>): RequestResult<ReplaceKekResponses, ReplaceKekErrors, ThrowOnError> => (options.client ?? client).post<ReplaceKekResponses, ReplaceKekErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/seal/kek',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Seal the KEK once more
 *
 * Under the configured seal. On a TPM to PCRs of your choice; with `values` for what they will be after a planned update: update, restart, then remove the old slot.
 */
export const createSealSlot = <ThrowOnError extends boolean = false>(options: Options<CreateSealSlotData, ThrowOnError>): RequestResult<CreateSealSlotResponses, CreateSealSlotErrors, ThrowOnError> => (options.client ?? client).post<CreateSealSlotResponses, CreateSealSlotErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/seal/slots',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Remove a slot
 *
 * Refused unless another slot opens now, on this replica.
 */
export const removeSealSlot = <ThrowOnError extends boolean = false>(options: Options<RemoveSealSlotData, ThrowOnError>): RequestResult<RemoveSealSlotResponses, RemoveSealSlotErrors, ThrowOnError> => (options.client ?? client).delete<RemoveSealSlotResponses, RemoveSealSlotErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/seal/slots/{slot}',
    ...options
});

/**
 * Try the seal now
 *
 * What a sealed replica does by itself with back-off. `sealed` and `reason` say what came of it.
 */
export const unseal = <ThrowOnError extends boolean = false>(options?: Options<UnsealData, ThrowOnError>): RequestResult<UnsealResponses, UnsealErrors, ThrowOnError> => (options?.client ?? client).post<UnsealResponses, UnsealErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/seal/unseal',
    ...options
});

/**
 * Sign out
 *
 * Ends the session, or the token, that calls.
 */
export const deleteSession = <ThrowOnError extends boolean = false>(options?: Options<DeleteSessionData, ThrowOnError>): RequestResult<DeleteSessionResponses, DeleteSessionErrors, ThrowOnError> => (options?.client ?? client).delete<DeleteSessionResponses, DeleteSessionErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/session',
    ...options
});

/**
 * Read who you are
 *
 * Name, roles and permissions of the token or session that calls: what to show and what to hide.
 */
export const readSession = <ThrowOnError extends boolean = false>(options?: Options<ReadSessionData, ThrowOnError>): RequestResult<ReadSessionResponses, ReadSessionErrors, ThrowOnError> => (options?.client ?? client).get<ReadSessionResponses, ReadSessionErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/session',
    ...options
});

/**
 * Sign in with a one-time code
 *
 * The code is the bearer credential of this request. Of two that use it, one gets a session.
 */
export const createSession = <ThrowOnError extends boolean = false>(options?: Options<CreateSessionData, ThrowOnError>): RequestResult<CreateSessionResponses, CreateSessionErrors, ThrowOnError> => (options?.client ?? client).post<CreateSessionResponses, CreateSessionErrors, ThrowOnError>({
    security: [{
            key: 'signInCode',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/sessions',
    ...options
});

/**
 * Make a one-time sign-in code
 *
 * For signing in to a browser without pasting a token: lives ten minutes, works once, and gives a session that may do what you may.
 */
export const createSignInLink = <ThrowOnError extends boolean = false>(options?: Options<CreateSignInLinkData, ThrowOnError>): RequestResult<CreateSignInLinkResponses, CreateSignInLinkErrors, ThrowOnError> => (options?.client ?? client).post<CreateSignInLinkResponses, CreateSignInLinkErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/sign-in-links',
    ...options
});

/**
 * List tokens and sessions
 *
 * Newest first, expired and revoked ones included. Secrets are never in it: only their hashes are kept.
 */
export const listTokens = <ThrowOnError extends boolean = false>(options?: Options<ListTokensData, ThrowOnError>): RequestResult<ListTokensResponses, ListTokensErrors, ThrowOnError> => (options?.client ?? client).get<ListTokensResponses, ListTokensErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/tokens',
    ...options
});

/**
 * Create a token
 *
 * Its secret is in this answer and never again. A binding gives a role over everything (`clusterId` null) or over one cluster; nobody gives what he does not hold himself.
 */
export const createToken = <ThrowOnError extends boolean = false>(options: Options<CreateTokenData, ThrowOnError>): RequestResult<CreateTokenResponses, CreateTokenErrors, ThrowOnError> => (options.client ?? client).post<CreateTokenResponses, CreateTokenErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/tokens',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Revoke a token or session
 *
 * With the sessions and sign-in codes that were made with it. Its streams end within seconds. Revoking twice changes nothing.
 */
export const revokeToken = <ThrowOnError extends boolean = false>(options: Options<RevokeTokenData, ThrowOnError>): RequestResult<RevokeTokenResponses, RevokeTokenErrors, ThrowOnError> => (options.client ?? client).post<RevokeTokenResponses, RevokeTokenErrors, ThrowOnError>({
    security: [{
            key: 'token',
            scheme: 'bearer',
            type: 'http'
        }],
    url: '/v1/tokens/{token}/revoke',
    ...options
});
