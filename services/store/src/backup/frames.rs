//! A stream cut into frames that show every change: each is sealed or summed together with its number and whether it is the last.
//!
//! **Invariant:** nothing of a frame is handed out before the whole frame is what was written. A frame that was altered, moved,
//! left out or added does not open, and a stream without its last frame is one that was cut off.

use std::io::{self, Read, Write};

use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, Nonce, Payload},
};
use sha2::{Digest, Sha256};

/// Plain bytes of a full frame: little enough to hold, much enough that a frame costs nothing.
const FRAME: usize = 64 * 1024;
/// The greatest check that follows a frame's bytes: SHA-256.
const CHECK: usize = 32;
/// In a frame's length: it is the last.
const LAST: u32 = 1 << 31;

/// What keeps the frames together.
pub(super) struct Seal {
    /// None: whoever has the file can read it.
    pub(super) cipher: Option<Aes256Gcm>,
    /// The head's hash: frames of another backup do not fit.
    pub(super) head: [u8; 32],
}

impl Seal {
    /// The key is this backup's own, so a number is used once with it.
    fn nonce(number: u32, last: bool) -> Nonce<Aes256Gcm> {
        let mut nonce = Nonce::<Aes256Gcm>::default();
        nonce[7..11].copy_from_slice(&number.to_be_bytes());
        nonce[11] = u8::from(last);
        nonce
    }

    fn close(&self, number: u32, last: bool, plain: &[u8]) -> io::Result<Vec<u8>> {
        match &self.cipher {
            Some(cipher) => cipher
                .encrypt(&Self::nonce(number, last), Payload { msg: plain, aad: &self.head })
                .map_err(|_| io::Error::other("AES-GCM refused")),
            None => Ok([plain, self.sum(number, last, plain).as_slice()].concat()),
        }
    }

    fn open(&self, number: u32, last: bool, closed: &[u8]) -> Option<Vec<u8>> {
        if let Some(cipher) = &self.cipher {
            return cipher.decrypt(&Self::nonce(number, last), Payload { msg: closed, aad: &self.head }).ok();
        }
        let (plain, sum) = closed.split_at_checked(closed.len().checked_sub(CHECK)?)?;
        (sum == self.sum(number, last, plain)).then(|| plain.to_vec())
    }

    fn sum(&self, number: u32, last: bool, plain: &[u8]) -> [u8; CHECK] {
        let sum = Sha256::new().chain_update(self.head).chain_update(number.to_be_bytes());
        sum.chain_update([u8::from(last)]).chain_update(plain).finalize().into()
    }
}

/// Writes frames. What is not followed by [`Framing::end`] reads as cut off.
pub(super) struct Framing<W> {
    to: W,
    seal: Seal,
    number: u32,
    held: Vec<u8>,
}

impl<W: Write> Framing<W> {
    pub(super) fn new(to: W, seal: Seal) -> Self {
        Self { to, seal, number: 0, held: Vec::with_capacity(FRAME) }
    }

    fn frame(&mut self, last: bool) -> io::Result<()> {
        let closed = self.seal.close(self.number, last, &self.held)?;
        self.held.clear();
        self.number = self.number.checked_add(1).ok_or_else(|| io::Error::other("it is too large for a backup"))?;
        let length = u32::try_from(closed.len()).map_err(io::Error::other)?;
        self.to.write_all(&(if last { length | LAST } else { length }).to_be_bytes())?;
        self.to.write_all(&closed)
    }

    /// Writes the last frame.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.frame(true)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Framing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.len() == FRAME {
            self.frame(false)?;
        }
        let fits = bytes.len().min(FRAME - self.held.len());
        self.held.extend_from_slice(&bytes[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads what [`Framing`] wrote, and nothing else.
pub(super) struct Unframing<R> {
    from: R,
    seal: Seal,
    number: u32,
    held: Vec<u8>,
    read: usize,
    ended: bool,
}

impl<R: Read> Unframing<R> {
    pub(super) fn new(from: R, seal: Seal) -> Self {
        Self { from, seal, number: 0, held: Vec::new(), read: 0, ended: false }
    }

    /// Sees that nothing is left, and that the end was the end.
    pub(super) fn end(mut self) -> io::Result<()> {
        let mut rest = [0];
        if self.read(&mut rest)? > 0 {
            return Err(io::Error::other("something follows its end"));
        }
        Ok(())
    }

    fn next(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length).map_err(cut_off)?;
        let length = u32::from_be_bytes(length);
        let (last, length) = (length & LAST != 0, (length & !LAST) as usize);
        if length > FRAME + CHECK {
            return Err(damaged(self.number));
        }
        let mut closed = vec![0; length];
        self.from.read_exact(&mut closed).map_err(cut_off)?;
        self.held = self.seal.open(self.number, last, &closed).ok_or_else(|| damaged(self.number))?;
        (self.read, self.ended) = (0, last);
        self.number = self.number.checked_add(1).ok_or_else(|| damaged(self.number))?;
        if last && self.from.read(&mut [0])? > 0 {
            return Err(io::Error::other("it was damaged: something was added to its end"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Unframing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.held.len() && !self.ended {
            self.next()?;
        }
        let fits = into.len().min(self.held.len() - self.read);
        into[..fits].copy_from_slice(&self.held[self.read..self.read + fits]);
        self.read += fits;
        Ok(fits)
    }
}

fn cut_off(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::other("it was cut off: its end is missing"),
        _ => error,
    }
}

fn damaged(number: u32) -> io::Error {
    io::Error::other(format!("it was damaged: part {} of it is not what was written", number.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use aes_gcm::{Key, KeyInit};

    use super::*;

    fn seal(sealed: bool) -> Seal {
        let cipher = sealed.then(|| Aes256Gcm::new(&Key::<Aes256Gcm>::default()));
        Seal { cipher, head: [7; 32] }
    }

    fn written(sealed: bool, bytes: &[u8]) -> Vec<u8> {
        let mut framing = Framing::new(Vec::new(), seal(sealed));
        framing.write_all(bytes).unwrap();
        framing.end().unwrap()
    }

    fn read(sealed: bool, framed: &[u8]) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut unframing = Unframing::new(framed, seal(sealed));
        unframing.read_to_end(&mut all)?;
        unframing.end().map(|()| all)
    }

    fn cut(framed: &[u8]) -> Vec<Vec<u8>> {
        let mut rest = framed;
        let mut all = Vec::new();
        while let Some((length, _)) = rest.split_first_chunk::<4>() {
            let (one, after) = rest.split_at(4 + (u32::from_be_bytes(*length) & !LAST) as usize);
            all.push(one.to_vec());
            rest = after;
        }
        all
    }

    #[test]
    fn what_was_written_is_read() {
        for sealed in [true, false] {
            for length in [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME] {
                let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
                assert_eq!(read(sealed, &written(sealed, &bytes)).unwrap(), bytes, "{length}");
            }
        }
    }

    #[test]
    fn no_frame_can_be_left_out_doubled_moved_or_taken_for_the_end() {
        for sealed in [true, false] {
            let whole = cut(&written(sealed, &vec![5; 4 * FRAME]));
            assert_eq!(whole.len(), 4);
            for order in
                [&[0, 1, 3][..], &[1, 2, 3], &[0, 0, 1, 2, 3], &[0, 2, 1, 3], &[0, 1, 2], &[0, 1, 2, 3, 3], &[]]
            {
                let other: Vec<u8> = order.iter().flat_map(|frame| whole[*frame].clone()).collect();
                assert!(read(sealed, &other).is_err(), "{order:?}");
            }
            let mut ended: Vec<u8> = whole[..2].concat();
            let second = whole[0].len();
            ended[second] |= 0x80;
            assert!(read(sealed, &ended).is_err());
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        for sealed in [true, false] {
            let framed = written(sealed, b"twenty bytes of text");
            for bit in 0..framed.len() * 8 {
                let mut flipped = framed.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(read(sealed, &flipped).is_err(), "bit {bit}");
            }
            for length in 0..framed.len() {
                assert!(read(sealed, &framed[..length]).is_err(), "cut at {length}");
            }
        }
    }
}
