/** Stands for a value that cannot be read any more, where damage is to be survived. */
export const lost = Symbol('lost');
