/** Where the daemons of a cluster of one are to be found. */
export interface Cluster {
  readonly folder: string;
  readonly id: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
}

/** The configuration of a cluster of one monitor, one disk in memory, and one gateway, for nobody but this machine. */
export function cephConf({ folder, id, monitorPort, gatewayPort }: Cluster): string {
  return `[global]
fsid = ${id}
mon host = v1:127.0.0.1:${monitorPort}
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
# One copy, in memory.
osd objectstore = memstore
memstore device bytes = 1073741824
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
# Both commands may come before the cluster's name is known, and would be refused.
osd class update on start = false
osd crush update on start = false
run dir = ${folder}
admin socket = ${folder}/$name.asok
pid file = ${folder}/$name.pid
log file = ${folder}/$name.log
mon data = ${folder}/mon
osd data = ${folder}/osd
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw thread pool size = 32
rgw gc max objs = 1
rgw lc max objs = 1
rgw usage max shards = 1
rgw objexp hints num shards = 1
`;
}
