/** A body that is too large for a queue, which takes 1 MiB, and what home's route for catalogues makes of it. */
export interface Catalogue {
  body: string
  inShort: string
}

const count = 20_000

/** A catalogue of 20,000 articles: 3 MB. */
export function makeCatalogue(id: number): Catalogue {
  const articles = Array.from({ length: count }, (_, number) => ({
    article: `A-${100_000 + number}`,
    name: `Article ${number} of the catalogue ${id}, as the partner describes it to whoever may want to order it`,
    stock: number % 1_000,
  }))
  const soldOut = articles.filter(({ stock }) => stock === 0).length
  return {
    body: JSON.stringify({ id, articles }),
    inShort: JSON.stringify({ catalogue: id, articles: count, soldOut }),
  }
}
