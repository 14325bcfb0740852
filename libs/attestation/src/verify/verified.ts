import { stageMark } from '../proven.ts';

export const verifiedEvidence = stageMark('evidence-not-verified', 'evidence was not made by verifyEvidence');
