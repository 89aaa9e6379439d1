use super::*;

const MB: u64 = 1 << 20;
const MACHINE: u64 = 16 << 30;

/// Of a group of Linux 6.18 with the hybrid layout, limited to 600 MB.
const STAT_ONE: &str = "cache 15400960\nrss 1101824\nrss_huge 0\nshmem 0\nmapped_file 0\ndirty 20480\nwriteback 0\n\
    workingset_refault_anon 0\nworkingset_refault_file 4011\nswap 0\nswapcached 0\npgpgin 30171\npgpgout 26144\n\
    pgfault 57947\npgmajfault 38\ninactive_anon 1093632\nactive_anon 8192\ninactive_file 1028096\n\
    active_file 14372864\nunevictable 0\nhierarchical_memory_limit 629145600\n\
    hierarchical_memsw_limit 9223372036854771712\ntotal_cache 7946620928\ntotal_rss 13017088\ntotal_rss_huge 0\n\
    total_shmem 14491648\ntotal_mapped_file 11132928\ntotal_dirty 94208\ntotal_writeback 0\ntotal_swap 0\n\
    total_swapcached 0\ntotal_pgpgin 572433107\ntotal_pgpgout 571784530\ntotal_pgfault 723336694\n\
    total_pgmajfault 118324\ntotal_inactive_anon 5197824\ntotal_active_anon 6950912\n\
    total_inactive_file 133287936\ntotal_active_file 98844672\ntotal_unevictable 15233024\n";
const UNLIMITED_ONE: &str = "9223372036854771712\n";

/// Of a service on Linux 6.1, where files on a tmpfs are in `file` and `shmem`.
const STAT_TWO: &str = "anon 297795584\nfile 313524224\nkernel 51380224\nkernel_stack 1245184\npagetables 9437184\n\
    sec_pagetables 0\npercpu 1440\nsock 4096\nvmalloc 65536\nshmem 104857600\nfile_mapped 48234496\nfile_dirty 405504\n\
    file_writeback 0\nswapcached 0\nanon_thp 0\nfile_thp 0\nshmem_thp 0\ninactive_anon 402583552\nactive_anon 69632\n\
    inactive_file 125829120\nactive_file 82837504\nunevictable 0\nslab_reclaimable 33554432\n\
    slab_unreclaimable 6983512\nslab 40537944\nworkingset_refault_anon 0\nworkingset_refault_file 85011\n\
    workingset_activate_anon 0\nworkingset_activate_file 1512\nworkingset_restore_anon 0\nworkingset_restore_file 930\n\
    workingset_nodereclaim 0\npgfault 734452\npgmajfault 8600\npgrefill 414496\npgscan 1895615\npgsteal 91190\n\
    pgactivate 410494\npgdeactivate 412396\npglazyfree 0\npglazyfreed 0\nthp_fault_alloc 0\nthp_collapse_alloc 0\n";

/// A hierarchy on disk.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn group(self, path: &str, files: &[(&str, &str)]) -> Self {
        let folder = self.0.path().join(path);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        self
    }

    fn one(self, path: &str, limit: &str, usage: &str, stat: &str) -> Self {
        let files = [
            ("memory.limit_in_bytes", limit),
            ("memory.usage_in_bytes", usage),
            ("memory.stat", stat),
        ];
        self.group(path, &files)
    }

    fn two(self, path: &str, max: &str, usage: &str) -> Self {
        let files = [
            ("memory.max", max),
            ("memory.high", "max\n"),
            ("memory.current", usage),
            ("memory.stat", STAT_TWO),
        ];
        self.group(path, &files)
    }

    /// What is free in each group that a process finds, beginning with its own.
    fn free(&self, root: &str, kind: &str, own: &str) -> Vec<Option<u64>> {
        let mounts = format!(
            "22 1 252:0 / / rw,relatime - ext4 /dev/vda rw\n\
             35 31 0:32 {root} {} rw,relatime shared:9 - {kind}\n",
            self.0.path().display()
        );
        let groups = find(&mounts, own).unwrap();
        groups
            .iter()
            .map(|group| group.free(MACHINE, &mut [0; MAX_FILE]).unwrap())
            .collect()
    }
}

const ONE: &str = "cgroup cgroup rw,memory";
const TWO: &str = "cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot";

#[test]
fn version_1_subtracts_its_page_cache() {
    let root = STAT_ONE.replace("629145600", UNLIMITED_ONE.trim());
    let mounted = Mounted::new()
        .one("", UNLIMITED_ONE, "8317984768\n", &root)
        .one("class", "629145600\n", "524288000\n", STAT_ONE);
    let own = "9:name=systemd:/\n4:memory:/class\n1:cpu:/\n0::/\n";
    // The page cache, less what is kept of it.
    let reclaimable = 133_287_936 + 98_844_672 - 32 * MB;
    let free = 629_145_600 - 524_288_000 + reclaimable;
    assert_eq!(mounted.free("/", ONE, own), [Some(free), None]);
}

#[test]
fn version_1_knows_limits_above_that_it_cannot_see() {
    let stat = STAT_ONE.replace("total_inactive_file 133287936", "total_inactive_file 0");
    let stat = stat.replace("total_active_file 98844672", "total_active_file 0");
    let mounted = Mounted::new().one("", UNLIMITED_ONE, "524288000\n", &stat);
    // In a container the own group is what is mounted.
    let own = "4:cpu,memory:/ecs/task/box\n";
    let free = mounted.free("/ecs/task/box", ONE, own);
    assert_eq!(free, [Some(100 * MB)]);
}

#[test]
fn version_2_subtracts_page_cache_and_slab_but_no_tmpfs() {
    let mounted = Mounted::new()
        .group("", &[("cgroup.procs", "")])
        .two("a b.slice", "max\n", "900000000\n")
        .two("a b.slice/ide.service", "734003200\n", "662700032\n");
    let reclaimable = 125_829_120 + 82_837_504 + 33_554_432 - 32 * MB;
    let free = 734_003_200 - 662_700_032 + reclaimable;
    let own = "0::/a b.slice/ide.service\n";
    // The root of version 2 has no files of memory.
    assert_eq!(mounted.free("/", TWO, own), [Some(free), None]);
}

#[test]
fn the_tightest_of_all_groups_is_found() {
    let mounted = Mounted::new()
        .two("outer", "800000000\n", "790000000\n")
        .two("outer/inner", "700000000\n", "100000000\n");
    let own = "0::/outer/inner\n";
    let free = mounted.free("/", TWO, own);
    assert!(matches!(free[..], [Some(inner), Some(outer)] if outer < inner));
}

#[test]
fn memory_high_is_a_limit() {
    let mounted = Mounted::new()
        .two("g", "800000000\n", "600000000\n")
        .group("g", &[("memory.high", "600000000\n")]);
    let reclaimable = 125_829_120 + 82_837_504 + 33_554_432 - 32 * MB;
    assert_eq!(mounted.free("/", TWO, "0::/g\n"), [Some(reclaimable)]);
}

#[test]
fn a_cgroup_namespace_shows_the_own_group_as_the_root() {
    let mounted = Mounted::new().two("", "734003200\n", "1000\n");
    assert_eq!(mounted.free("/", TWO, "0::/\n").len(), 1);
    // Docker without a namespace of cgroups.
    let own = "0::/docker/d2f1\n";
    assert_eq!(mounted.free("/docker/d2f1", TWO, own).len(), 1);
    // The process was moved out of what its namespace shows.
    assert_eq!(mounted.free("/", TWO, "0::/../other\n").len(), 1);
}

#[test]
fn what_is_used_beyond_a_limit_leaves_nothing() {
    let mounted = Mounted::new().two("g", "100000000\n", "900000000\n");
    assert_eq!(mounted.free("/", TWO, "0::/g\n"), [Some(0)]);
}

#[test]
fn other_hierarchies_are_left_out() {
    let mounted = Mounted::new().one("", "1000\n", "0\n", STAT_ONE);
    assert_eq!(mounted.free("/", "cgroup cgroup rw,cpu", "1:cpu:/\n"), []);
    // Mounted, and not the one that this process's group is in.
    assert_eq!(mounted.free("/", ONE, "0::/\n"), []);
}

#[test]
fn blanks_in_a_mount_are_read() {
    let line = "35 31 0:32 /a\\040b /mnt/c\\040d rw - cgroup2 cgroup2 rw";
    let hierarchy = Hierarchy {
        version: Version::Two,
        mounted_at: "/mnt/c d".into(),
        root: "/a b".into(),
    };
    assert_eq!(Hierarchy::parse(line), Some(hierarchy));
}
