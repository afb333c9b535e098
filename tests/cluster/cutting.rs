//! The network between a node and PostgreSQL is cut before, in and after a commit: the answer is true each time, and nothing is done
//! twice.

use boxoffice::store::book::Lead;

use crate::proxy::{Cut, Proxy};
use crate::support::{Venue, copy, put, server};

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn wherever_the_network_is_cut_the_answer_is_true_and_nothing_is_done_twice() {
    let (venue, proxy) = (Venue::new(), Proxy::before(&server()));
    let address = venue.address_through(proxy.port);
    let node = venue.open(Lead::stand_by(&address, true, &|_| true).unwrap(), "copy.db");
    let mut all = Vec::new();
    for (number, cut) in (1..).zip([Cut::Before, Cut::In, Cut::After, Cut::After, Cut::In, Cut::Before]) {
        proxy.cut_next(cut);
        node.write_blocking(move |tx| put(tx, number)).unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        assert!(proxy.has_cut(), "{cut:?}: nothing was cut");
        all.push(number);
        // A row that is changed once more would be, were it carried out twice.
        let once = "UPDATE setting SET value = CAST(value || x'01' AS BLOB) WHERE name = ?1";
        let name = number.to_string();
        proxy.cut_next(cut);
        node.write_blocking(move |tx| tx.run(once, [&name])).unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        assert_eq!((copy(&node), venue.book()), (all.clone(), all.clone()), "{cut:?}");
    }
    let grown = "SELECT count(*) FROM setting WHERE name GLOB '[0-9]*' AND length(value) = 2";
    assert_eq!(node.read_blocking(|tx| tx.one(grown, [], |row| row.get::<_, i64>(0))).unwrap(), 6);
    assert!(!node.has_failed(), "no cut costs it the lead");
}
