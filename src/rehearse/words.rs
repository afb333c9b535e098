//! The words of a drill: what buyers ask, what takes longer than that, how journeys end. Reports use them as they are.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// What a buyer asks, by the API's name for it.
    Operation {
        /// Joining the queue.
        IssueToken = "issue_token",
        /// Getting a lost token back.
        CurrentToken = "current_token",
        /// A poll.
        QueuePosition = "queue_position",
        /// Opening a stream, until its first message.
        StreamPosition = "stream_position",
        /// The dates.
        ListDates = "list_dates",
        /// The seats, as changes since the last look.
        SeatMap = "seat_map",
        /// Holding.
        HoldSeats = "hold_seats",
        /// Topping up, by oneself or at the counter.
        TopUp = "top_up",
        /// Paying.
        Pay = "pay",
        /// Leaving.
        LeaveQueue = "leave_queue",
    }
}

words! {
    /// What is longer than one request.
    Span {
        /// How late the drill itself was: from the moment meant until it asked for a connection.
        DrillLateness = "drill_lateness",
        /// From joining until the buyer knows it is their turn.
        Wait = "wait",
        /// From knowing until the visit's end.
        Visit = "visit",
        /// From coming until the tickets are there.
        Journey = "journey",
    }
}

words! {
    /// How a buyer's journey ended.
    End {
        /// With tickets.
        Bought = "bought",
        /// Everything was sold.
        SoldOut = "sold_out",
        /// They gave up, as planned.
        Left = "left",
        /// They sat on seats, as planned.
        Dawdled = "dawdled",
        /// Their time was over.
        Expired = "expired",
        /// Nobody knows: no answer, or one that no buyer should get.
        Lost = "lost",
    }
}
