//! Places: how many of something there may be at once, in all, for one address, and for those who have not said who they
//! are. Who does not get one is refused before anything was done for it. Pure.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::limits::LimitKey;

/// Places that can be taken.
#[derive(Debug)]
pub struct Places {
    most: usize,
    most_of_one: usize,
    most_strangers: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    strangers: usize,
    by_address: HashMap<LimitKey, usize>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// There is none for anybody.
    All,
    /// There is none for this address.
    Address,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    address: Option<LimitKey>,
    known: Mutex<bool>,
}

impl Places {
    /// So many in all, and so many for one address.
    pub fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Self::with_strangers(most, most_of_one, most)
    }

    /// Of which so many are for those who have not said who they are.
    pub fn with_strangers(most: usize, most_of_one: usize, most_strangers: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, most_strangers, taken: Mutex::default() })
    }

    /// Takes one for an address; for none, if it stands for many.
    pub fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, Full> {
        let address = address.map(LimitKey::address);
        let mut taken = self.taken();
        if taken.all >= self.most || taken.strangers >= self.most_strangers {
            return Err(Full::All);
        }
        if let Some(address) = address {
            let of_one = taken.by_address.entry(address).or_default();
            if *of_one >= self.most_of_one {
                return Err(Full::Address);
            }
            *of_one += 1;
        }
        taken.all += 1;
        taken.strangers += 1;
        Ok(Place { places: Arc::clone(self), address, known: Mutex::default() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whoever has it said who they are.
    pub fn is_known(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *known, true) {
            self.places.taken().strangers -= 1;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.is_known();
        let mut taken = self.places.taken();
        taken.all -= 1;
        if let Some(address) = self.address
            && let Some(of_one) = taken.by_address.get_mut(&address)
        {
            *of_one -= 1;
            if *of_one == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let places = Places::new(3, 2);
        let mut held: Vec<_> = [1, 1, 2].map(|last| places.take(Some(address(last))).unwrap()).into();
        assert_eq!(places.take(Some(address(3))).unwrap_err(), Full::All);
        held.remove(2);
        assert_eq!(places.take(Some(address(1))).unwrap_err(), Full::Address);
        held.push(places.take(None).unwrap());
        assert_eq!(places.take(Some(address(3))).unwrap_err(), Full::All);
        drop(held);
        let taken = places.taken();
        assert_eq!((taken.all, taken.strangers, taken.by_address.len()), (0, 0, 0));
    }

    #[test]
    fn strangers_leave_places_to_those_who_are_known() {
        let places = Places::with_strangers(4, 4, 1);
        let one = places.take(Some(address(1))).unwrap();
        assert_eq!(places.take(Some(address(2))).unwrap_err(), Full::All);
        one.is_known();
        one.is_known();
        let two = places.take(Some(address(2))).unwrap();
        assert_eq!(places.take(Some(address(3))).unwrap_err(), Full::All);
        drop((one, two));
        assert_eq!(places.taken().strangers, 0);
    }
}
