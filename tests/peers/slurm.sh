#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# slurm.sh UNPACKED COMMANDS: runs shell commands beside a Slurm of one node,
# whose programs Debian's packages are unpacked to UNPACKED for; nothing is
# installed. The daemons are in namespaces of their own: they end with the
# commands, and the ports are free. Their files are in ./cluster. The commands
# may lose_node and start_node. Exits with 77, and the reason, if it can't.
set -u

skip() {
    printf 'slurm: %s\n' "$*" >&2
    exit 77
}

# What this machine lacks of them and of their libraries.
download() {
    set -- -qq -o APT::Sandbox::User=root -o Acquire::Retries=1
    lacking=$(apt-get "$@" -o Debug::NoLocking=true --print-uris -y install \
        --reinstall --no-install-recommends munge slurm-client slurmctld \
        slurmd slurm-wlm-basic-plugins | sed -n 's/^[^ ]* \([^_]*\)_.*/\1/p')
    [ -n "$lacking" ] || return 1
    # shellcheck disable=SC2086 # a list of words
    apt-get "$@" download $lacking
}

unpack() {
    rm -rf "$unpacked" "$unpacked.new"
    mkdir -p "$unpacked.new" || skip "cannot write to $unpacked.new"
    reason=$(cd "$unpacked.new" && { download ||
        { timeout 120 apt-get -qq update && download; }; } 2>&1) ||
        skip "the packages of Slurm could not be downloaded: $reason"
    for package in "$unpacked.new"/*.deb; do
        reason=$(dpkg-deb -x "$package" "$unpacked.new" 2>&1) ||
            skip "$package could not be unpacked: $reason"
    done
    mv "$unpacked.new" "$unpacked"
}

# A relative name lets slurmctld look for its file for a minute.
configure() {
    cat >"$dir/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
PluginDir=$plugins
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES
END
}

start_node() {
    "$unpacked/usr/sbin/slurmd-wlm" -D -d "$unpacked/usr/sbin/slurmstepd-wlm" \
        >"$dir/slurmd.out" 2>&1 &
    tries=150
    until sinfo -h -t idle -o %n 2>/dev/null | grep -q .; do
        tries=$((tries - 1))
        if [ $tries = 0 ]; then
            tail "$dir"/*.log "$dir"/*.out >&2
            exit 1
        fi
        sleep 0.1
    done
}

# lose_node: all that runs on it ends at once, as without power.
lose_node() {
    # shellcheck disable=SC2046 # a list of numbers
    kill -KILL $(pgrep -v -f 'slurmctld|munged|slurm\.sh')
    scontrol update "NodeName=$(hostname)" State=DOWN Reason=lost
}

start() {
    # With loopback addresses alone, the daemons find none to listen at.
    ip link set lo up && ip address add 192.0.2.1/32 dev lo
    umask 077
    dd if=/dev/urandom of="$dir/munge.key" bs=1024 count=1 2>/dev/null
    "$unpacked/usr/sbin/munged" --force --key-file="$dir/munge.key" \
        --socket="$dir/munge.socket" --pid-file="$dir/munge.pid" \
        --seed-file="$dir/munge.seed" --log-file="$dir/munge.log" \
        >"$dir/munged.out" 2>&1
    umask 022
    "$unpacked/usr/sbin/slurmctld-wlm" -D >"$dir/slurmctld.out" 2>&1 &
    start_node
}

[ $# = 2 ] || skip 'usage: slurm.sh UNPACKED COMMANDS'
unpacked=$(readlink -m -- "$1")
if [ -z "${SLURM_CONF-}" ]; then
    [ "$(id -u)" = 0 ] || skip 'its daemons need root'
    unshare -mnpf --mount-proc true || skip 'no namespaces can be made here'
    [ -x "$unpacked/usr/sbin/slurmctld-wlm" ] || unpack
    mkdir cluster
    export SLURM_CONF="$PWD/cluster/slurm.conf"
    exec setpriv --pdeathsig KILL unshare -mnpf --mount-proc --kill-child \
        "$0" "$unpacked" "$2"
fi
dir=${SLURM_CONF%/*}
plugins=$(echo "$unpacked"/usr/lib/*/slurm-wlm)
PATH=$unpacked/usr/bin:$PATH
export LD_LIBRARY_PATH="$plugins:${plugins%/*}"
mkdir "$dir/state" "$dir/spool"
configure
start
eval "$2"
