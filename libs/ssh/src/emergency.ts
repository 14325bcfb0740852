/**
 * The one principal of an emergency certificate. It has a character that no declared principal can have, so that no
 * certificate of a grant passes for one.
 */
export const EMERGENCY_PRINCIPAL = 'root@emergency';
