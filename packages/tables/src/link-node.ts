import type { Link } from '@terrane/hdf5';

/** A name that stands for a path, here (`SoftLink`) or in another file (`ExternalLink`). It has no attributes. */
export class LinkNode {
  readonly path: string;
  readonly className: 'SoftLink' | 'ExternalLink' | 'UserDefinedLink';
  /** Where it leads: a path, or file and path. */
  readonly target: string;
  /** A soft link whose target was not there when the link was looked up. */
  readonly dangling: boolean;

  constructor(path: string, link: Exclude<Link, { kind: 'hard' }>, dangling: boolean) {
    this.path = path;
    this.dangling = dangling;
    if (link.kind === 'soft') {
      this.className = 'SoftLink';
      this.target = link.target;
    } else if (link.kind === 'external') {
      this.className = 'ExternalLink';
      this.target = `${link.file}:${link.target}`;
    } else {
      this.className = 'UserDefinedLink';
      this.target = `type ${link.type}`;
    }
  }

  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  /** As PyTables prints a link. */
  toString(): string {
    return `${this.path} (${this.className}) -> ${this.target}${this.dangling ? ' (dangling)' : ''}`;
  }
}
