//! Makes an empty `web/dist`, so that building and testing the server never needs Node.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    if let Err(error) = std::fs::create_dir_all("web/dist") {
        println!("cargo:warning=web/dist could not be made: {error}");
    }
}
