//! Cursors: where a list goes on, signed, so that a changed one is noticed and one of another list is of no use.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

use crate::{
    config::secret::Secret,
    error::{Error, Result},
};

/// How much of the signature is kept: enough that nobody guesses it.
const SIGNATURE: usize = 16;

/// Makes cursors and reads them back.
#[derive(Clone)]
pub struct Cursors(Hmac<Sha256>);

impl Cursors {
    /// Signed with a key derived from a secret of the server's, so that all nodes read each other's.
    pub fn new(secret: &Secret) -> Result<Self> {
        let mut key = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).map_err(Error::internal)?;
        key.update(b"trice cursors");
        Hmac::new_from_slice(&key.finalize().into_bytes()).map(Self).map_err(Error::internal)
    }

    /// A cursor of the list that `scope` names.
    pub fn make(&self, scope: &str, position: &impl Serialize) -> Option<String> {
        let mut cursor = serde_json::to_vec(position).ok()?;
        let signature = self.sign(scope, &cursor);
        cursor.extend(signature);
        Some(URL_SAFE_NO_PAD.encode(cursor))
    }

    /// Where a cursor of that list points. Anything else is a field error.
    pub fn read<T: DeserializeOwned>(&self, scope: &str, cursor: &str) -> Result<T> {
        let invalid = || Error::invalid("cursor", "This cursor is not one of this list.");
        let cursor = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (position, signature) =
            cursor.len().checked_sub(SIGNATURE).and_then(|at| cursor.split_at_checked(at)).ok_or_else(invalid)?;
        self.mac(scope, position).verify_truncated_left(signature).map_err(|_| invalid())?;
        serde_json::from_slice(position).map_err(|_| invalid())
    }

    fn sign(&self, scope: &str, position: &[u8]) -> Vec<u8> {
        self.mac(scope, position).finalize().into_bytes()[..SIGNATURE].to_vec()
    }

    fn mac(&self, scope: &str, position: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(scope.as_bytes());
        mac.update(b"\0");
        mac.update(position);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_its_own_and_nothing_else() {
        let cursors = Cursors::new(&Secret::new("s".repeat(32))).unwrap();
        let cursor = cursors.make("one", &42_i64).unwrap();
        assert_eq!(cursors.read::<i64>("one", &cursor).unwrap(), 42);
        assert!(cursors.read::<i64>("another", &cursor).is_err());
        let other = Cursors::new(&Secret::new("t".repeat(32))).unwrap();
        assert!(other.read::<i64>("one", &cursor).is_err());
        for bad in ["", "a", "%%%", &cursor[1..], &format!("{cursor}A")] {
            assert!(cursors.read::<i64>("one", bad).is_err(), "{bad}");
        }
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(cursors.read::<i64>("one", std::str::from_utf8(&changed).unwrap()).is_err(), "at {at}");
        }
    }
}
