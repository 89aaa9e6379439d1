//! Builds this crate anew when what it carries within it has changed.

fn main() {
    println!("cargo:rerun-if-changed=../../runtime");
}
