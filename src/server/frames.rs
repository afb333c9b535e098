//! Where HTTP/2's frames begin and end among the bytes of a connection (RFC 9113, section 4.1), so that what is half here has a
//! deadline. It reads lengths, kinds and one flag; what frames mean is the library's.

/// What a client says first (section 3.4).
const PREFACE_BYTES: usize = 24;
const HEAD_BYTES: usize = 9;
const HEADERS: u8 = 0x1;
const CONTINUATION: u8 = 0x9;
const END_HEADERS: u8 = 0x4;

/// How far the bytes of a connection have come.
pub(super) struct Frames {
    at: At,
    /// A request's head goes on in the next frame.
    in_head: bool,
}

enum At {
    Preface(usize),
    Head([u8; HEAD_BYTES], usize),
    Payload(usize),
}

/// What the last bytes left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// All that began is whole.
    Whole,
    /// A frame, or a request's head, began with these bytes and is not whole.
    Begun,
    /// It is still the one that began before.
    Same,
}

impl Frames {
    pub(super) fn new() -> Self {
        Self { at: At::Preface(PREFACE_BYTES), in_head: false }
    }

    /// Takes the next bytes of the connection.
    pub(super) fn hear(&mut self, mut bytes: &[u8]) -> Left {
        let mut is_new = !self.is_half();
        while !bytes.is_empty() {
            let taken = match &mut self.at {
                At::Preface(left) | At::Payload(left) => {
                    let taken = bytes.len().min(*left);
                    *left -= taken;
                    taken
                }
                At::Head(head, have) => {
                    let taken = bytes.len().min(HEAD_BYTES - *have);
                    head[*have..*have + taken].copy_from_slice(&bytes[..taken]);
                    *have += taken;
                    taken
                }
            };
            bytes = &bytes[taken..];
            self.advance();
            is_new |= !self.is_half();
        }
        match (self.is_half(), is_new) {
            (false, _) => Left::Whole,
            (true, true) => Left::Begun,
            (true, false) => Left::Same,
        }
    }

    /// Goes on to the next part once one is whole.
    fn advance(&mut self) {
        if let At::Head(head, HEAD_BYTES) = &self.at {
            let [high, middle, low, kind, flags, ..] = *head;
            if matches!(kind, HEADERS | CONTINUATION) {
                self.in_head = flags & END_HEADERS == 0;
            }
            self.at = At::Payload(u32::from_be_bytes([0, high, middle, low]) as usize);
        }
        if let At::Preface(0) | At::Payload(0) = self.at {
            self.at = At::Head([0; HEAD_BYTES], 0);
        }
    }

    fn is_half(&self) -> bool {
        self.in_head || !matches!(self.at, At::Head(_, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u32).to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
    }

    fn after_preface() -> Frames {
        let mut frames = Frames::new();
        assert_eq!(frames.hear(PREFACE), Left::Whole);
        frames
    }

    #[test]
    fn frames_are_whole_however_their_bytes_come() {
        let all = [PREFACE, &frame(4, 0, &[]), &frame(HEADERS, 5, b"head"), &frame(0, 1, &[7; 300])].concat();
        let mut frames = Frames::new();
        assert_eq!(frames.hear(&all), Left::Whole);
        for piece in 1..40 {
            let mut frames = Frames::new();
            let left = all.chunks(piece).map(|bytes| frames.hear(bytes)).last();
            assert_eq!(left, Some(Left::Whole), "in pieces of {piece}");
        }
    }

    #[test]
    fn what_is_half_here_is_known_as_the_same_or_another() {
        let mut frames = after_preface();
        let data = frame(0, 0, &[0; 10]);
        assert_eq!(frames.hear(&data[..1]), Left::Begun);
        assert_eq!(frames.hear(&data[1..12]), Left::Same);
        assert_eq!(
            frames.hear(&[&data[12..], &data[..3]].concat()),
            Left::Begun,
            "the one is whole, the next has begun"
        );
        assert_eq!(frames.hear(&data[3..]), Left::Whole);
    }

    #[test]
    fn a_head_goes_on_until_its_last_frame() {
        let mut frames = after_preface();
        assert_eq!(frames.hear(&frame(HEADERS, 0, b"a")), Left::Begun);
        assert_eq!(frames.hear(&frame(CONTINUATION, 0, b"b")), Left::Same, "no frame makes it younger");
        assert_eq!(frames.hear(&frame(CONTINUATION, END_HEADERS, b"")), Left::Whole);
    }
}
