//! What people typed into a form.

use base::Secret;
use poise::serenity_prelude as serenity;
use workspace::Field;

/// What was typed, by field.
pub(crate) struct Values(Vec<(String, String)>);

impl Values {
    pub(super) fn of(form: &serenity::ModalInteraction) -> Self {
        let inputs = form.data.components.iter().flat_map(|row| &row.components);
        Self(
            inputs
                .filter_map(|input| match input {
                    serenity::ActionRowComponent::InputText(text) => {
                        Some((text.custom_id.clone(), text.value.clone().unwrap_or_default()))
                    }
                    _ => None,
                })
                .collect(),
        )
    }

    /// What is in a field, without what is around it; none where that is nothing.
    pub(crate) fn text(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == id).map(|(_, value)| value.trim()).filter(|text| !text.is_empty())
    }

    /// What is in a field, as it was typed.
    pub(crate) fn whole(&self, id: &str) -> &str {
        self.0.iter().find(|(key, _)| key == id).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The lines of a field in which something stands.
    pub(super) fn lines(&self, id: &str) -> Vec<String> {
        self.whole(id).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// What was typed into the form of these fields, by their names; what is empty is there as nothing.
    pub(super) fn of_fields(&self, fields: &[Field]) -> workspace::Values {
        let value =
            |(number, field): (usize, &Field)| (field.name.clone(), self.whole(&number.to_string()).trim().to_owned());
        fields.iter().enumerate().map(value).collect()
    }

    /// What is in a field, as nobody is to see it.
    pub(super) fn secret(&self, id: &str) -> Option<Secret> {
        self.0.iter().find(|(key, value)| key == id && !value.trim().is_empty()).map(|(_, value)| Secret::new(value))
    }
}
