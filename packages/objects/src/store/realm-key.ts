/** The name under which a store shows its realm to the tools of this package. */
export const realmKey = Symbol('realm');
