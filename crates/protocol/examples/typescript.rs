//! Writes the socket's types as TypeScript to the folder given (`cargo xtask generate`).

use pythonide_protocol::{
    PROTOCOL,
    socket::{FromBrowser, FromServer},
};
use ts_rs::{Config, TS};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let config = Config::new().with_out_dir(&folder);
    FromBrowser::export_all(&config)?;
    FromServer::export_all(&config)?;
    let path = std::path::Path::new(&folder).join("socket.ts");
    let types = std::fs::read_to_string(&path)?;
    let version = format!(
        "\n/** The version of the socket's conversation. */\nexport const PROTOCOL = {PROTOCOL};\n"
    );
    std::fs::write(path, types + &version)?;
    Ok(())
}
