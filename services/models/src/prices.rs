//! What models in the cloud cost, where that is known.

/// When the list was true.
pub(crate) const AS_OF: &str = "October 2026";
const LIST: &str = include_str!("prices.txt");
const MILLION: f64 = 1_000_000.0;

/// What this many tokens cost at most, in dollars; none where no price is known.
#[expect(clippy::cast_precision_loss, reason = "cents are shown")]
pub(crate) fn cost(model: &str, prompt: i64, reply: i64) -> Option<f64> {
    let (read, written) = price(model)?;
    Some(prompt as f64 / MILLION * read + reply as f64 / MILLION * written)
}

fn price(model: &str) -> Option<(f64, f64)> {
    // OpenRouter's names begin with whose they are.
    let model = model.rsplit_once('/').map_or(model, |(_, model)| model);
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::split_whitespace).find_map(|mut words| {
        let begins = words.next()?;
        let (read, written) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        model.starts_with(begins).then_some((read, written))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_of_the_list_or_not_known() {
        assert_eq!(price("claude-sonnet-4-5-20250929"), Some((3.0, 15.0)));
        assert_eq!(price("anthropic/claude-opus-4-5"), Some((5.0, 25.0)), "not the older one's, whose name is shorter");
        assert_eq!(price("claude-opus-4-1"), Some((15.0, 75.0)));
        assert_eq!(price("gpt-next"), None);
        assert!(LIST.lines().filter(|line| !line.starts_with('#')).all(|line| line.split_whitespace().count() == 3));
        let is_same = |one: f64, two: f64| (one - two).abs() < 1e-9;
        assert!(cost("claude-haiku-4-5", 1_000_000, 100_000).is_some_and(|cost| is_same(cost, 1.5)));
    }
}
