export type RejectionReason = 'own_address' | 'own_device';

export type CodeRefusal = 'unknown' | 'expired' | 'self' | 'used_up' | 'replayed';
