//! What is known of digests that come in order: in a third of the memory of a hash map, which a save of
//! gigabytes notices.

use stillroom_core::Digest;

/// Something about each of some digests, which are distinct and sorted.
#[derive(Debug)]
pub(super) struct Sorted<T>(Vec<(Digest, T)>);

impl<T> Sorted<T> {
    /// Adds what is known of a digest beyond the last.
    pub(super) fn push(&mut self, digest: Digest, value: T) {
        debug_assert!(self.0.last().is_none_or(|(last, _)| *last < digest));
        self.0.push((digest, value));
    }

    pub(super) fn get(&self, digest: &Digest) -> Option<&T> {
        let found = self.0.binary_search_by(|(other, _)| other.cmp(digest)).ok()?;
        Some(&self.0[found].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Digest, &T)> {
        self.0.iter().map(|(digest, value)| (digest, value))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&Digest, &mut T)> {
        self.0.iter_mut().map(|(digest, value)| (&*digest, value))
    }
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Of digests that are distinct and sorted.
impl<T> FromIterator<(Digest, T)> for Sorted<T> {
    fn from_iter<I: IntoIterator<Item = (Digest, T)>>(known: I) -> Self {
        let mut sorted = Self::default();
        known.into_iter().for_each(|(digest, value)| sorted.push(digest, value));
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digest_is_found_and_no_other() {
        let mut digests: Vec<Digest> = (0..100_u8).map(|number| Digest::of(&[number])).collect();
        digests.sort_unstable();
        let known: Sorted<usize> = digests.iter().copied().zip(0..).collect();

        for (place, digest) in digests.iter().enumerate() {
            assert_eq!(known.get(digest), Some(&place));
        }
        assert_eq!(known.get(&Digest::of(b"another")), None);
        assert!(Sorted::<usize>::default().get(&digests[0]).is_none());
    }
}
