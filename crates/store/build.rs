//! Rebuilds the crate when a migration is added; the macro that reads them only notices changed ones.

fn main() {
    for path in ["migrations", "migrations/sqlite", "migrations/postgres"] {
        // Cargo reads this from standard output; there is no other way to tell it.
        std::io::Write::write_fmt(
            &mut std::io::stdout(),
            format_args!("cargo::rerun-if-changed={path}\n"),
        )
        .expect("cargo reads what a build script writes");
    }
}
